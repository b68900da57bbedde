"""One signal's way through an exporter: queue, consumers, attempts, and the count of what became of it.

    consume -> queue -> consumers -> (retry: attempt with timeout -> transport) -> counted

So an exporter that is stuck with one signal takes no other with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Coroutine, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from otelrum.collector.batcher import Batcher, BatchLimits
from otelrum.collector.component import Build, Host
from otelrum.collector.errors import OtelrumError, PermanentError
from otelrum.collector.reservation import DONE, PassedOn, Reservation
from otelrum.exporters.backend_log import BackendLog
from otelrum.exporters.dividing import divided
from otelrum.exporters.outcomes import Outcomes
from otelrum.exporters.retry import Retry
from otelrum.exporters.sending_queue import SendingQueue
from otelrum.exporters.transport import Receipt, SenderRefused, TooLarge, Transport
from otelrum.exporters.unqueued import UnqueuedReservation
from otelrum.otlp.batch import Batch, Signal

# OTLP specification, "Message Size Limits": a client should not send more.
MAX_REQUEST_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Sending:
    """How an exporter sends, whatever the signal; without a `batch` requests go as they come."""

    consumers: int
    timeout_s: float
    retry: Retry
    batch: BatchLimits | None


class SignalSender:
    """Sends what comes of one signal; with a queue later, without one while the caller waits."""

    def __init__(
        self, signal: Signal, transport: Transport, queue: SendingQueue | None, sending: Sending, build: Build
    ) -> None:
        self.queue = queue
        self.in_flight = 0
        self._transport = transport
        self._sending = sending
        self._build = build
        self._outcomes = Outcomes(signal, build)
        self._backend = BackendLog(signal, transport.endpoint(signal), build.clock, build.log)
        self._tasks: set[asyncio.Task[None]] = set()
        self._batcher: Batcher | None = None
        if sending.batch is not None:
            self._batcher = Batcher(sending.batch, self._reserved, build.clock, lambda full: None)

    async def start(self, host: Host) -> None:
        if self.queue is not None:
            await self.queue.open(host)
            for _ in range(self._sending.consumers):
                self.begin(self._drain(self.queue))

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something that `shutdown` waits for."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def consume(self, batch: Batch) -> None:
        if self._batcher is not None:
            await self._batcher.add(batch)
        elif self.queue is None:
            await self.deliver(batch)
        else:
            await _counted(self.queue.put(batch), batch, self._outcomes)

    def reserve(self) -> Reservation:
        """Room for a request that others join; with a batch of its own, this joins them."""
        return self._reserved() if self._batcher is None else PassedOn(self)

    def _reserved(self) -> Reservation:
        if self.queue is None:
            return UnqueuedReservation(self)
        return QueuedReservation(self.queue.reserve(), self._outcomes)

    async def shutdown(self, deadline_ns: int) -> None:
        """Send what is queued until the deadline; the rest is counted as failed, reason `shutdown`."""
        if self._batcher is not None:
            self._batcher.hurry()
        if self.queue is not None:
            await self.queue.close()
        await self._end_tasks(deadline_ns)
        if self.queue is not None:
            abandoned = sum(batch.items for batch in await self.queue.abandon())
            self._outcomes.failed(abandoned, "shutdown")
            if abandoned:
                self._build.log.error("dropping %d items: not sent before the end", abandoned)

    async def deliver(self, batch: Batch) -> None:
        """Send while the caller waits. Raises what became of it, where nothing of it was taken for good."""
        try:
            await self.send(batch)
        except OtelrumError as error:
            if not (parts := divided(batch, error)):
                self.refuse(batch, error)
                raise
            await self._deliver_each(parts)

    async def send(self, batch: Batch) -> None:
        """Attempts until one succeeds, which is counted. Raises what ended them."""
        receipt = await self._sending.retry.run(partial(self._attempt, batch), self._backend.failed)
        rejected = min(max(0, receipt.rejected), batch.items)  # of metrics a backend counts the points: never more
        self._outcomes.sent(batch.items - rejected)
        self._outcomes.failed(rejected, "rejected")
        if receipt.rejected or receipt.message:
            self._build.log.warning("the backend rejected %d items: %s", receipt.rejected, receipt.message)

    def give_up(self, batch: Batch, error: OtelrumError) -> None:
        """Count what is lost, and say so."""
        self._not_sent("dropping", batch, error)

    def refuse(self, batch: Batch, error: OtelrumError) -> None:
        """The same of what nobody has lost yet: its caller hears of it."""
        self._not_sent("refusing", batch, error)

    def _not_sent(self, what_becomes: str, batch: Batch, error: OtelrumError) -> None:
        """A backend that takes nothing is logged once."""
        self._outcomes.refused(batch.items, error)
        if isinstance(error, SenderRefused):
            self._backend.refused(error)
        else:
            self._build.log.error("%s %d items: %s", what_becomes, batch.items, error)

    async def _deliver_each(self, parts: Sequence[Batch]) -> None:
        """Some refused for good and others taken: an error would make the caller send again what was taken."""
        refusals = []
        for part in parts:
            try:
                await self.deliver(part)
            except PermanentError as refused:
                refusals.append(refused)
        if len(refusals) == len(parts):
            raise refusals[0]

    async def _drain(self, queue: SendingQueue) -> None:
        """With a queue nobody waits: what fails is counted, and one bad request takes no other with it."""
        while (queued := await queue.take()) is not None:
            try:
                await self.send(queued.batch)
            except OtelrumError as error:
                if parts := divided(queued.batch, error):
                    await queue.replace(queued, parts)
                    continue
                self.give_up(queued.batch, error)
            await queue.done(queued)

    async def _attempt(self, batch: Batch) -> Receipt:
        if len(batch.data) > MAX_REQUEST_BYTES:
            raise TooLarge(f"a request of {len(batch.data)} bytes is more than any backend must take")
        began_ns = self._build.clock.now_ns()
        self.in_flight += 1
        try:
            receipt = await self._transport.send(batch, self._sending.timeout_s)
        except OtelrumError:
            raise
        except Exception as error:
            self._build.log.exception("a request failed in a way that nobody foresaw")
            raise PermanentError(f"{type(error).__name__}: {error}") from error
        finally:
            self.in_flight -= 1
            self._outcomes.exported(self._build.clock.now_ns() - began_ns)
        self._backend.took(began_ns)
        return receipt

    async def _end_tasks(self, deadline_ns: int) -> None:
        if not self._tasks:
            return
        left_s = max(0.0, (deadline_ns - self._build.clock.now_ns()) / 1e9)
        _, late = await asyncio.wait(self._tasks, timeout=left_s)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late)


async def _counted(put: Awaitable[None], batch: Batch, outcomes: Outcomes) -> None:
    """What the queue does not take is counted; whoever brought it hears so."""
    try:
        await put
    except OtelrumError:
        outcomes.not_queued(batch.items)
        raise


class QueuedReservation:
    """Room in the queue; what finds none is counted."""

    def __init__(self, reservation: Reservation, outcomes: Outcomes) -> None:
        self._reservation = reservation
        self._outcomes = outcomes

    def add(self, batch: Batch) -> Awaitable[None]:
        try:
            added = self._reservation.add(batch)
        except OtelrumError:
            self._outcomes.not_queued(batch.items)
            raise
        return added if added is DONE else _counted(added, batch, self._outcomes)

    def close(self) -> None:
        self._reservation.close()
