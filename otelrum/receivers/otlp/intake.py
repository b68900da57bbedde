"""The way every request takes into the pipelines, whatever brought it here."""

from __future__ import annotations

from collections.abc import Mapping

from otelrum.collector.component import Build, Consumer
from otelrum.collector.telemetry import Counter
from otelrum.otlp.lazy import Batch, Signal

# What the collectors' metrics call an item of each signal.
ITEM_NAMES: Mapping[Signal, str] = {
    Signal.TRACES: "spans",
    Signal.METRICS: "metric_points",
    Signal.LOGS: "log_records",
}


class Intake:
    """Checks that a request is OTLP, hands it on, and counts what became of it."""

    def __init__(self, consumers: Mapping[Signal, Consumer], build: Build, transport: str) -> None:
        self._consumers = consumers
        labels = {"receiver": str(build.id), "transport": transport}

        def counters(outcome: str) -> dict[Signal, Counter]:
            return {
                signal: build.telemetry.counter(f"otelcol_receiver_{outcome}_{items}", **labels)
                for signal, items in ITEM_NAMES.items()
            }

        self._accepted = counters("accepted")
        self._refused = counters("refused")

    @property
    def signals(self) -> frozenset[Signal]:
        """Those that a pipeline takes."""
        return frozenset(self._consumers)

    async def take(self, batch: Batch) -> None:
        """Hand a request on. Raises MalformedOtlp, PermanentError, RetryableError.

        A request without items is a success that does not travel (OTLP specification,
        "Full Success").
        """
        items = batch.items
        if not items:
            return
        try:
            await self._consumers[batch.signal].consume(batch)
        except BaseException:
            self._refused[batch.signal].add(items)
            raise
        self._accepted[batch.signal].add(items)
