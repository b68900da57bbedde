"""Counts what crosses an edge of the graph, so that no component counts what the edge can see."""

from __future__ import annotations

from collections.abc import Sequence

from otelrum.collector.component import Consumer
from otelrum.collector.telemetry import Counter
from otelrum.otlp.lazy import Batch


class Observed:
    """A consumer whose items are counted when it has taken them; what it refuses comes again."""

    __slots__ = ("_consumer", "_counters")

    def __init__(self, consumer: Consumer, counters: Sequence[Counter]) -> None:
        self._consumer = consumer
        self._counters = counters

    async def consume(self, batch: Batch) -> None:
        await self._consumer.consume(batch)
        for counter in self._counters:
            counter.add(batch.items)
