"""A service that has started, in the test's own process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from otelrum.collector.building import build_graph
from otelrum.collector.clock import SystemClock
from otelrum.collector.config.read import Configuration
from otelrum.collector.metric_readers import metric_readers
from otelrum.collector.service import Service
from otelrum.collector.telemetry import Telemetry


@asynccontextmanager
async def started(config: Configuration) -> AsyncIterator[tuple[Service, Telemetry]]:
    """Until the block ends; raises what the start raised."""
    clock, telemetry = SystemClock(), Telemetry()
    readers = metric_readers(config.service.telemetry, telemetry, clock)
    service = Service(build_graph(config, clock, telemetry), readers, grace_s=0.1)
    running = asyncio.create_task(service.run())
    while not (service.has_started or running.done()):
        await asyncio.sleep(0)
    try:
        yield service, telemetry
    finally:
        service.stop()
        await running
