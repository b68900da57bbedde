"""A counter is there at 0 before anything happens: else its first increase is seen by no rate."""

from __future__ import annotations

from pathlib import Path

import pytest

from otelrum.builtin import FACTORIES
from otelrum.collector.config.loading import load
from otelrum.collector.config.read import read
from otelrum.collector.metric_names import METRICS
from tests.started import started

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
    async with started(config) as (_, telemetry):
        shown = {name for name, _ in telemetry.snapshot()}
    missing = [metric.name for metric in METRICS if metric.name not in shown]
    assert [name for name in missing if not any(word in name for word in ELSEWHERE)] == []
