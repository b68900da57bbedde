"""What all network exporters share: queue, retry, timeout, and the count of what became of it.

    consume -> queue -> consumers -> (retry: attempt with timeout -> transport) -> counted

One exporter has one queue, so a receiver's answer depends on enqueueing only, and an exporter
that is stuck takes no other with it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from otelrum.collector.component import Build, Host
from otelrum.collector.errors import OtelrumError, PermanentError, RetryableError
from otelrum.collector.net import Duration, Section
from otelrum.exporters.retry import RetryConfig, intervals_s
from otelrum.exporters.sending_queue import MemoryQueue, QueueConfig, SendingQueue
from otelrum.otlp.lazy import Batch, Signal

ITEM_NAMES = {Signal.TRACES: "spans", Signal.METRICS: "metric_points", Signal.LOGS: "log_records"}


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
            self._queue = MemoryQueue(config.sending_queue)
        self._consumers: list[asyncio.Task[None]] = []
        self._stopping = asyncio.Event()
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
            await self._deliver(batch)
            return
        try:
            await self._queue.put(batch)
        except OtelrumError:
            self._count("enqueue_failed", batch, batch.items)
            raise

    async def shutdown(self, deadline_ns: int) -> None:
        """Send what is queued until the deadline; the rest is counted as failed, reason `shutdown`."""
        self._stopping.set()
        if self._queue is not None:
            await self._queue.close()
            if self._consumers:
                left_s = max(0.0, (deadline_ns - self._build.clock.now_ns()) / 1e9)
                await asyncio.wait(self._consumers, timeout=left_s)
                for consumer in self._consumers:
                    consumer.cancel()
                await asyncio.wait(self._consumers)
                self._consumers = []
            for batch in await self._queue.abandon():
                self._count("send_failed", batch, batch.items, reason="shutdown")
        await self._transport.close()

    async def _drain(self, queue: SendingQueue) -> None:
        while (queued := await queue.take()) is not None:
            try:
                await self._deliver(queued.batch)
            except OtelrumError as error:
                self._build.log.error("dropping %d items: %s", queued.batch.items, error)
            await queue.done(queued)

    async def _deliver(self, batch: Batch) -> None:
        """Attempts until the backend took it. Raises what ended the attempts; counts either way."""
        self._in_flight += 1
        try:
            receipt = await self._attempts(batch)
        except OtelrumError as error:
            reason = "permanent" if isinstance(error, PermanentError) else "retries"
            self._count("send_failed", batch, batch.items, reason=reason)
            raise
        else:
            self._count_receipt(batch, receipt)
        finally:
            self._in_flight -= 1

    async def _attempts(self, batch: Batch) -> Receipt:
        retry, clock = self._config.retry_on_failure, self._build.clock
        timeout_s = self._config.timeout.total_seconds()
        give_up_ns = clock.now_ns() + int(retry.max_elapsed_time.total_seconds() * 1e9)
        for interval_s in intervals_s(retry):
            try:
                return await self._transport.send(batch, timeout_s)
            except RetryableError as error:
                # The server's delay is a minimum, and it counts against the time that is left.
                wait_s = max(interval_s, error.delay_s)
                too_late = retry.max_elapsed_time and clock.now_ns() + int(wait_s * 1e9) > give_up_ns
                if not retry.enabled or too_late:
                    raise
                self._build.log.info("trying again in %.1f s: %s", wait_s, error)
            await self._wait(wait_s)
        raise AssertionError("the intervals have no end")

    async def _wait(self, wait_s: float) -> None:
        """Sleep, but not into a shutdown: then what waits is tried at once, and each second."""
        if self._stopping.is_set():
            await self._build.clock.sleep(min(wait_s, 1.0))
            return
        sleep = asyncio.ensure_future(self._build.clock.sleep(wait_s))
        stop = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait((sleep, stop), return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleep.cancel()
            stop.cancel()

    def _count_receipt(self, batch: Batch, receipt: Receipt) -> None:
        self._count("sent", batch, batch.items - receipt.rejected)
        if receipt.rejected:
            self._count("send_failed", batch, receipt.rejected, reason="rejected")
        if receipt.rejected or receipt.message:
            self._build.log.warning("the backend rejected %d items: %s", receipt.rejected, receipt.message)

    def _count(self, outcome: str, batch: Batch, items: int, **labels: str) -> None:
        name = f"otelcol_exporter_{outcome}_{ITEM_NAMES[batch.signal]}"
        self._build.telemetry.counter(name, exporter=str(self._build.id), **labels).add(items)

    def _offer_gauges(self) -> None:
        offer, labels = self._build.telemetry.gauge, {"exporter": str(self._build.id)}
        offer("otelcol_exporter_in_flight_requests", lambda: self._in_flight, **labels)
        if (queue := self._queue) is not None:
            offer("otelcol_exporter_queue_size", lambda: queue.size, **labels)
            offer("otelcol_exporter_queue_capacity", lambda: queue.capacity, **labels)
