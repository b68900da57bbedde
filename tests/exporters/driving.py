"""An exporter as the graph runs it, before a backend, with a clock set by hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from otelrum.collector.component import Factory, Host
from otelrum.collector.telemetry import Telemetry
from otelrum.exporters.sending import SendingExporter
from otelrum.otlp.batch import Batch, Signal
from otelrum.testing import Extensions, ManualClock, build
from tests.conftest import span_request

# Far more than anything here takes: who waits longer waits for ever.
PATIENCE_S = 30.0


class Exporting:
    """One exporter, and what it counted."""

    def __init__(self, factory: Factory, clock: ManualClock, settings: dict[str, Any]) -> None:
        self.clock = clock
        self.telemetry = Telemetry()
        self.exporter: SendingExporter = factory.create(  # type: ignore[assignment]
            factory.config.model_validate(settings), build(factory.type, clock, self.telemetry)
        )

    async def bring(self, *batches: Batch) -> None:
        for batch in batches:
            await self.exporter.consume(batch)

    async def stop(self, seconds: float = 60) -> None:
        await self.exporter.shutdown(self.clock.now_ns() + int(seconds * 1e9))

    def count(self, name: str, **labels: str) -> float:
        """The sum over all series of this name with these labels."""
        return sum(
            value
            for (found, series), value in self.telemetry.snapshot().items()
            if found == name and labels.items() <= dict(series).items()
        )

    @property
    def sent(self) -> float:
        return self.count("otelcol_exporter_sent_spans")

    def failed(self, reason: str) -> float:
        return self.count("otelcol_exporter_send_failed_spans", reason=reason)


@asynccontextmanager
async def exporting(factory: Factory, host: Host | None = None, **settings: Any) -> AsyncIterator[Exporting]:
    """A started exporter; stopped at the end."""
    running = Exporting(factory, ManualClock(), settings)
    await running.exporter.start(host or Extensions())
    try:
        yield running
    finally:
        await running.stop(0)


async def until(reached: Callable[[], bool]) -> None:
    """Let the loop turn until something real has come about."""
    async with asyncio.timeout(PATIENCE_S):
        while not reached():
            await asyncio.sleep(0)


def request(spans: int = 1, signal: Signal = Signal.TRACES, **attributes: str) -> Batch:
    return Batch(signal, span_request(spans, **attributes))
