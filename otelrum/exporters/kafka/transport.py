"""Requests as messages of Kafka: taken when the brokers have them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable
from typing import NamedTuple

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from otelrum.collector.component import Build, Host
from otelrum.collector.errors import PermanentError, RetryableError
from otelrum.collector.kafka import CLIENT_HEADER, SIGNAL_HEADER
from otelrum.collector.kafka_client import new_producer
from otelrum.exporters.kafka.config import KafkaExporterConfig
from otelrum.exporters.kafka.keys import Keyed, Keys, NoKeys, SessionKeys, TraceKeys
from otelrum.exporters.sending import SendingExporter
from otelrum.exporters.transport import Receipt
from otelrum.otlp.batch import Batch, Client, Signal
from otelrum.otlp.errors import MalformedOtlp
from otelrum.otlp.json import to_json

POLL_S = 0.1
"""How long the thread that hears of deliveries waits for one: it ends so late at most."""

_TOO_LARGE = frozenset({KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.INVALID_RECORD})

Headers = list[tuple[str, str | bytes | None]]


class Delivery(NamedTuple):
    """What became of one message: an error, or none."""

    keyed: Keyed
    error: KafkaError | None


class KafkaTransport:
    """One producer for all signals."""

    def __init__(self, config: KafkaExporterConfig, build: Build) -> None:
        self._config = config
        self._log = build.log
        self._keys = keys_of(config)
        self._static: Headers = list(config.record_headers.items())
        self._kept = [key.lower() for key in config.include_metadata_keys]
        self._producer: Producer | None = None
        self._is_open = threading.Event()
        self._poller: asyncio.Future[None] | None = None

    def endpoint(self, signal: Signal) -> str:
        return f"{self._config.topic(signal)} on {', '.join(self._config.brokers)}"

    async def start(self, host: Host) -> None:
        self._producer = new_producer(self._config.producer_properties(), self._log)
        self._is_open.set()
        self._poller = asyncio.get_running_loop().run_in_executor(None, self._poll)

    async def send(self, batch: Batch, timeout_s: float) -> Receipt:
        """Raises RetryableError unless every message is either on the brokers or larger than they take."""
        try:
            messages = list(self._keys.keyed(batch, self._config.producer.max_message_bytes))
        except MalformedOtlp as error:
            raise PermanentError(str(error), invalid=True) from error
        headers = self._headers(batch.client, batch.signal)
        deliveries = [self._produce(keyed, headers) for keyed in messages]
        try:
            async with asyncio.timeout(timeout_s or None):
                done = await asyncio.gather(*deliveries)
        except TimeoutError as error:
            raise RetryableError("the brokers did not answer in time", delay_s=0.0) from error
        return self._receipt(done)

    async def close(self) -> None:
        self._is_open.clear()
        if self._poller is not None:
            await self._poller
            self._poller = None
        self._producer = None

    # ------------------------------------------------------------------ messages
    def _produce(self, keyed: Keyed, headers: Headers) -> asyncio.Future[Delivery]:
        """Hand a message to the client; the future is done when the brokers have it, or never will."""
        assert self._producer is not None, "not started"
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Delivery] = loop.create_future()

        def delivered(error: KafkaError | None, _: Message) -> None:
            loop.call_soon_threadsafe(_resolve, done, Delivery(keyed, error))

        signal, value = keyed.batch.signal, keyed.batch.data
        if self._config.outgoing(signal).encoding == "otlp_json":
            value = to_json(signal, value).encode()
        topic = self._config.topic(signal)
        try:
            self._producer.produce(topic, value, keyed.key or None, headers=headers, on_delivery=delivered)
        except BufferError as error:
            raise RetryableError("the producer's queue is full") from error
        except KafkaException as error:
            _resolve(done, Delivery(keyed, error.args[0]))
        return done

    def _headers(self, client: Client, signal: Signal) -> Headers:
        kept: Headers = [(key, client.headers[key]) for key in self._kept if key in client.headers]
        address: Headers = [(CLIENT_HEADER, client.address)] if client.address else []
        return [*self._static, (SIGNAL_HEADER, str(signal)), *address, *kept]

    def _receipt(self, deliveries: Iterable[Delivery]) -> Receipt:
        """What is too large for the brokers is counted, named and left behind; nothing else suffers from it."""
        rejected = 0
        for keyed, error in deliveries:
            if error is None:
                continue
            if error.code() not in _TOO_LARGE:
                raise RetryableError(f"Kafka: {error.str()}", delay_s=0.0)
            rejected += keyed.batch.items
            self._log.error(
                "%d items are too large for Kafka (%d bytes): %s",
                keyed.batch.items,
                len(keyed.batch.data),
                keyed.key.decode(errors="replace").replace("\n", " ") or "without a key",
            )
        return Receipt(rejected, "larger than a message may be" if rejected else "")

    def _poll(self) -> None:
        """In a thread: deliveries are heard of here."""
        producer = self._producer
        assert producer is not None
        while self._is_open.is_set():
            producer.poll(POLL_S)
        producer.flush(POLL_S)


def _resolve(done: asyncio.Future[Delivery], delivery: Delivery) -> None:
    if not done.done():
        done.set_result(delivery)


def keys_of(config: KafkaExporterConfig) -> Keys:
    """The keys that `partition_by` asks for."""
    if config.partition_by == "session":
        return SessionKeys(config.session)
    return TraceKeys() if config.partition_by == "trace" else NoKeys()


def create(config: KafkaExporterConfig, build: Build) -> SendingExporter:
    """The exporter of a Factory."""
    return SendingExporter(KafkaTransport(config, build), config, build)
