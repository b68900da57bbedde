"""A counter is there at 0 before anything happens: else its first increase is seen by no rate."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from otelrum.builtin import FACTORIES
from otelrum.collector.building import build_graph
from otelrum.collector.clock import SystemClock
from otelrum.collector.config.loading import load
from otelrum.collector.config.read import read
from otelrum.collector.metric_names import METRICS
from otelrum.collector.metric_readers import metric_readers
from otelrum.collector.service import Service
from otelrum.collector.telemetry import Telemetry

pytestmark = pytest.mark.anyio

# Of components that this configuration has not, or named by settings that it has not.
ELSEWHERE = ("kafka", "otelrum_sampling_actions", "otelrum_action_rule_matches")

FREE = "endpoint: '127.0.0.1:0'"


async def test_every_metric_of_a_running_gateway_is_shown_from_the_start(tmp_path: Path) -> None:
    settings = [
        "service.telemetry.metrics={address: '127.0.0.1:0'}",
        f"receivers.otlp.protocols={{grpc: {{{FREE}}}, http: {{{FREE}}}}}",
        f"extensions={{health_check: {{{FREE}}}, file_storage: {{directory: {tmp_path}}}}}",
    ]
    config = read(load(["config/gateway.yaml"], settings, {}), FACTORIES)
    clock, telemetry = SystemClock(), Telemetry()
    readers = metric_readers(config.service.telemetry, telemetry, clock)
    service = Service(build_graph(config, clock, telemetry), readers, grace_s=0.1)
    running = asyncio.create_task(service.run())
    while not (service.has_started or running.done()):
        await asyncio.sleep(0)
    shown = {name for name, _ in telemetry.snapshot()}
    service.stop()
    await running
    missing = [metric.name for metric in METRICS if metric.name not in shown]
    assert [name for name in missing if not any(word in name for word in ELSEWHERE)] == []
