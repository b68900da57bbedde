"""Counts items: what crosses an edge of the graph, and what a component counts by signal."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence

from otelrum.collector.component import Consumer
from otelrum.collector.metric_names import ITEM_NAMES
from otelrum.collector.reservation import Reservation, reserve
from otelrum.collector.telemetry import Counter, Telemetry
from otelrum.otlp.batch import Batch, Signal


class ItemCounters:
    """One counter a signal; `{items}` in the name becomes what items of the signal are called."""

    __slots__ = ("_counters",)

    def __init__(self, telemetry: Telemetry, name: str, **labels: str) -> None:
        self._counters = {
            signal: telemetry.counter(name.format(items=items), **labels) for signal, items in ITEM_NAMES.items()
        }

    def add(self, signal: Signal, items: int) -> None:
        self._counters[signal].add(items)


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

    def reserve(self, signal: Signal) -> Reservation:
        return ObservedReservation(reserve(self._consumer, signal), self._counters)


class ObservedReservation:
    """Room behind an edge: items are counted when they have it."""

    __slots__ = ("_counters", "_reservation")

    def __init__(self, reservation: Reservation, counters: Sequence[Counter]) -> None:
        self._reservation = reservation
        self._counters = counters

    def add(self, batch: Batch) -> Awaitable[None]:
        return self._counted(self._reservation.add(batch), batch.items)

    def close(self) -> None:
        self._reservation.close()

    async def _counted(self, added: Awaitable[None], items: int) -> None:
        await added
        for counter in self._counters:
            counter.add(items)
