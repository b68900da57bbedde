"""What all network exporters share: queue, retry, timeout, and the count of what became of it.

    consume -> queue -> consumers -> (retry: attempt with timeout -> transport) -> counted

One exporter has one queue, so a receiver's answer depends on enqueueing only, and an exporter
that is stuck takes no other with it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Protocol

from otelrum.collector.component import Build, Host
from otelrum.collector.errors import OtelrumError, PermanentError
from otelrum.collector.metric_names import ITEM_NAMES
from otelrum.collector.sections import Duration, Section
from otelrum.exporters.retry import Retry, RetryConfig
from otelrum.exporters.sending_queue import QueueConfig, SendingQueue
from otelrum.exporters.stored_queue import queue_of
from otelrum.otlp.batch import Batch

# OTLP specification, "Message Size Limits": a client should not send more.
MAX_REQUEST_BYTES = 64 << 20


class SenderRefused(PermanentError):
    """The backend takes nothing of this exporter (401, 404 and the like): other data would fare no better."""


class SendingConfig(Section):
    """The sections that every network exporter has."""

    timeout: Duration = timedelta(seconds=5)
    sending_queue: QueueConfig = QueueConfig()
    retry_on_failure: RetryConfig = RetryConfig()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the backend said to a request that it took; partial success is never sent again."""

    rejected: int = 0
    message: str = ""


class Transport(Protocol):
    """One way to a backend."""

    async def start(self, host: Host) -> None:
        """Open what is needed; no request yet."""
        ...

    async def send(self, batch: Batch, timeout_s: float) -> Receipt:
        """One attempt. Raises PermanentError, or RetryableError with the server's delay."""
        ...

    async def close(self) -> None:
        """Close what is open."""
        ...


class SendingExporter:
    """An exporter over a Transport."""

    def __init__(self, transport: Transport, config: SendingConfig, build: Build) -> None:
        self._transport = transport
        self._config = config
        self._build = build
        self._queue: SendingQueue | None = None
        if config.sending_queue.enabled:
            self._queue = queue_of(config.sending_queue, str(build.id))
        self._consumers: list[asyncio.Task[None]] = []
        self._retry = Retry(config.retry_on_failure, build.clock, build.log)
        self._in_flight = 0
        self._offer_gauges()

    async def start(self, host: Host) -> None:
        await self._transport.start(host)
        if self._queue is not None:
            await self._queue.open(host)
            count = self._config.sending_queue.num_consumers
            self._consumers = [asyncio.create_task(self._drain(self._queue)) for _ in range(count)]

    async def consume(self, batch: Batch) -> None:
        if not batch.items:
            return
        if self._queue is None:
            await self._send_or_raise(batch)
            return
        try:
            await self._queue.put(batch)
        except OtelrumError:
            self._count("enqueue_failed", batch, batch.items)
            raise

    async def shutdown(self, deadline_ns: int) -> None:
        """Send what is queued until the deadline; the rest is counted as failed, reason `shutdown`."""
        self._retry.stop()
        if self._queue is not None:
            await self._queue.close()
            await self._end_consumers(deadline_ns)
            abandoned = await self._queue.abandon()
            for batch in abandoned:
                self._count("send_failed", batch, batch.items, reason="shutdown")
            if abandoned:
                items = sum(batch.items for batch in abandoned)
                self._build.log.error("dropping %d items: not sent before the end", items)
        await self._transport.close()

    async def _end_consumers(self, deadline_ns: int) -> None:
        consumers, self._consumers = self._consumers, []
        if not consumers:
            return
        left_s = max(0.0, (deadline_ns - self._build.clock.now_ns()) / 1e9)
        await asyncio.wait(consumers, timeout=left_s)
        for consumer in consumers:
            consumer.cancel()
        await asyncio.wait(consumers)

    async def _send_or_raise(self, batch: Batch) -> None:
        """Without a queue the caller waits, and hears what became of it."""
        try:
            self._count_receipt(batch, await self._send(batch))
        except OtelrumError as error:
            self._count("send_failed", batch, batch.items, reason=_reason(error))
            raise

    async def _drain(self, queue: SendingQueue) -> None:
        """With a queue nobody waits: what fails is counted, and one bad request takes no other with it."""
        while (queued := await queue.take()) is not None:
            batch = queued.batch
            try:
                self._count_receipt(batch, await self._send(batch))
            except OtelrumError as error:
                if len(batch.part_sizes) > 1 and _blames_data(error):
                    await queue.split(queued)
                    continue
                self._count("send_failed", batch, batch.items, reason=_reason(error))
                self._build.log.error("dropping %d items: %s", batch.items, error)
            await queue.done(queued)

    async def _send(self, batch: Batch) -> Receipt:
        return await self._retry.run(partial(self._attempt, batch))

    async def _attempt(self, batch: Batch) -> Receipt:
        if len(batch.data) > MAX_REQUEST_BYTES:
            raise PermanentError(f"a request of {len(batch.data)} bytes is more than any backend must take")
        self._in_flight += 1
        try:
            return await self._transport.send(batch, self._config.timeout.total_seconds())
        except OtelrumError:
            raise
        except Exception as error:
            self._build.log.exception("a request failed in a way that nobody foresaw")
            raise PermanentError(f"{type(error).__name__}: {error}") from error
        finally:
            self._in_flight -= 1

    def _count_receipt(self, batch: Batch, receipt: Receipt) -> None:
        # Of metrics a backend counts the points, which we do not: never more than there was.
        rejected = min(max(0, receipt.rejected), batch.items)
        self._count("sent", batch, batch.items - rejected)
        if rejected:
            self._count("send_failed", batch, rejected, reason="rejected")
        if receipt.rejected or receipt.message:
            self._build.log.warning("the backend rejected %d items: %s", receipt.rejected, receipt.message)

    def _count(self, outcome: str, batch: Batch, items: int, **labels: str) -> None:
        name = f"otelcol_exporter_{outcome}_{ITEM_NAMES[batch.signal]}"
        self._build.telemetry.counter(name, exporter=str(self._build.id), **labels).add(items)

    def _offer_gauges(self) -> None:
        offer, labels = self._build.telemetry.observe, {"exporter": str(self._build.id)}
        offer("otelcol_exporter_in_flight_requests", lambda: self._in_flight, **labels)
        if (queue := self._queue) is not None:
            offer("otelcol_exporter_queue_size", lambda: queue.size, **labels)
            offer("otelrum_exporter_queued_items", lambda: queue.items, **labels)
            offer("otelcol_exporter_queue_capacity", lambda: queue.capacity, **labels)


def _reason(error: OtelrumError) -> str:
    return "permanent" if isinstance(error, PermanentError) else "retries"


def _blames_data(error: OtelrumError) -> bool:
    return isinstance(error, PermanentError) and not isinstance(error, SenderRefused)
