"""A processor that makes another request of each one, and keeps nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from otelrum.collector.component import Consumer, Host, PipelineId
from otelrum.collector.errors import PermanentError
from otelrum.collector.reservation import Reservation, reserve
from otelrum.otlp.batch import Batch, Signal
from otelrum.otlp.errors import MalformedOtlp

Rewrite = Callable[[Batch], Awaitable[Batch]]


class Rewriting:
    """One per pipeline; what cannot be read is refused, for good."""

    def __init__(self, rewrite: Rewrite) -> None:
        self._rewrite = rewrite

    def connect(self, pipeline: PipelineId, next_consumer: Consumer) -> Consumer:
        return RewritingConsumer(self._rewrite, next_consumer)

    async def start(self, host: Host) -> None:
        """Nothing to open."""

    async def shutdown(self, deadline_ns: int) -> None:
        """Nothing to close."""


class RewritingConsumer:
    """Stands before the next step, and before the room that it has."""

    def __init__(self, rewrite: Rewrite, next_consumer: Consumer) -> None:
        self._rewrite = rewrite
        self._next = next_consumer

    async def consume(self, batch: Batch) -> None:
        await self._next.consume(await self._rewritten(batch))

    def reserve(self, signal: Signal) -> Reservation:
        return RewritingReservation(self._rewritten, reserve(self._next, signal))

    async def _rewritten(self, batch: Batch) -> Batch:
        try:
            return await self._rewrite(batch)
        except MalformedOtlp as error:
            raise PermanentError(str(error), invalid=True) from error


class RewritingReservation:
    """Room behind the rewriting."""

    def __init__(self, rewritten: Rewrite, reservation: Reservation) -> None:
        self._rewritten = rewritten
        self._reservation = reservation

    async def add(self, batch: Batch) -> None:
        await self._reservation.add(await self._rewritten(batch))

    def close(self) -> None:
        self._reservation.close()
