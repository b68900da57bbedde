"""What all network exporters share: a queue a signal, retry, timeout, and the count of what became of it."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from otelrum.collector.component import Build, Host
from otelrum.collector.reservation import Reservation
from otelrum.collector.sections import Duration, Section
from otelrum.exporters.memory_queue import MemoryQueue
from otelrum.exporters.retry import Retry, RetryConfig
from otelrum.exporters.sending_queue import QueueConfig, SendingQueue
from otelrum.exporters.signal_sender import Sending, SignalSender
from otelrum.exporters.stored_queue import SharedRows, StoredQueue
from otelrum.exporters.transport import Transport
from otelrum.otlp.batch import Batch, Signal


class SendingConfig(Section):
    """The sections that every network exporter has."""

    timeout: Duration = timedelta(seconds=5)
    sending_queue: QueueConfig = QueueConfig()
    retry_on_failure: RetryConfig = RetryConfig()


class SendingExporter:
    """Sends over a Transport, each signal by itself."""

    def __init__(self, transport: Transport, config: SendingConfig, build: Build) -> None:
        self._transport = transport
        self._build = build
        self._retry = Retry(config.retry_on_failure, build.clock, build.log)
        queue_config = config.sending_queue
        batch = queue_config.batch.limits() if queue_config.batch else None
        sending = Sending(queue_config.num_consumers, config.timeout.total_seconds(), self._retry, batch)
        self._senders = {
            signal: SignalSender(signal, transport, queue, sending, build)
            for signal, queue in _queues(queue_config, str(build.id)).items()
        }
        for signal, sender in self._senders.items():
            self._offer_gauges(signal, sender)

    async def start(self, host: Host) -> None:
        await self._transport.start(host)
        for sender in self._senders.values():
            await sender.start(host)

    async def consume(self, batch: Batch) -> None:
        if batch.items:
            await self._senders[batch.signal].consume(batch)

    def reserve(self, signal: Signal) -> Reservation:
        return self._senders[signal].reserve()

    async def shutdown(self, deadline_ns: int) -> None:
        """Send what is queued until the deadline; the rest is counted as failed, reason `shutdown`."""
        self._retry.stop()
        await asyncio.gather(*(sender.shutdown(deadline_ns) for sender in self._senders.values()))
        await self._transport.close()

    def _offer_gauges(self, signal: Signal, sender: SignalSender) -> None:
        offer, labels = self._build.telemetry.observe, {"exporter": str(self._build.id), "data_type": str(signal)}
        offer("otelcol_exporter_in_flight_requests", lambda: sender.in_flight, **labels)
        if (queue := sender.queue) is not None:
            offer("otelcol_exporter_queue_size", lambda: queue.size, **labels)
            offer("otelrum_exporter_queued_items", lambda: queue.items, **labels)
            offer("otelcol_exporter_queue_capacity", lambda: queue.capacity, **labels)


def _queues(config: QueueConfig, owner: str) -> dict[Signal, SendingQueue | None]:
    """The queue of each signal that a configuration asks for."""
    if not config.enabled:
        return dict.fromkeys(Signal)
    if config.storage is None:
        return {signal: MemoryQueue(config) for signal in Signal}
    store = SharedRows(config.storage, owner)
    return {signal: StoredQueue(config, store, signal) for signal in Signal}
