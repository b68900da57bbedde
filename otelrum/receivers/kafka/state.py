"""Writes what later owners of a partition need: state, ticks; and letters that nobody can read."""

from __future__ import annotations

import asyncio
import logging
import threading
from typing import Final

from confluent_kafka import KafkaError, KafkaException, Message
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from otelrum.collector.kafka import SIGNAL_HEADER, Properties, client_log
from otelrum.collector.kafka_client import new_producer
from otelrum.collector.partition import Place
from otelrum.otlp.batch import Batch
from otelrum.receivers.kafka.config import KafkaReceiverConfig
from otelrum.receivers.kafka.messages import TICK_HEADER, Record, client_headers
from otelrum.receivers.kafka.past import SOURCE_HEADER, TIME_HEADER

POLL_S: Final = 0.1
"""How long the thread that hears of deliveries waits for one: it ends so late at most."""

TIMEOUT_S: Final = 10.0
"""For the topic to be there: the partition's start is tried again after that."""

_SAFELY: Final[Properties] = {"acks": "all", "enable.idempotence": True, "linger.ms": 5, "message.timeout.ms": 0}
"""Without end: an offset waits for the state that its record made."""

Headers = list[tuple[str, str | bytes | None]]


class StateWriter:
    """One producer; each write is awaited, because an offset is committed only behind it."""

    def __init__(self, config: KafkaReceiverConfig, tick_topic: str, log: logging.Logger) -> None:
        """`tick_topic` is where the passing of time is noted: one of those that are read."""
        self._config = config
        self._tick_topic = tick_topic
        self._log = log
        self._producer = new_producer({**config.client_properties(), **_SAFELY}, log)
        self._is_open = threading.Event()
        self._is_open.set()
        self._poller = asyncio.get_running_loop().run_in_executor(None, self._poll)

    def create_topic(self, partitions: int) -> None:
        """In a thread: the compacted topic, where it is missing. Raises KafkaException."""
        state = self._config.state
        topic = NewTopic(
            state.topic,
            num_partitions=partitions,
            replication_factor=state.replication_factor,
            config={"cleanup.policy": "compact"},
        )
        admin = AdminClient(self._config.client_properties(), logger=client_log(self._log))
        try:
            admin.create_topics([topic])[state.topic].result(TIMEOUT_S)
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise

    def partition_count(self, topic: str) -> int:
        """In a thread: how many partitions a topic has. Raises KafkaException."""
        return len(self._producer.list_topics(topic, TIMEOUT_S).topics[topic].partitions)

    async def remember(self, number: int, key: bytes, place: Place, batch: Batch) -> None:
        """Write a state record; returns when the brokers have it. Raises KafkaException."""
        headers: Headers = [
            (SIGNAL_HEADER, str(batch.signal)),
            (SOURCE_HEADER, f"{place.topic}:{place.offset}"),
            (TIME_HEADER, str(place.time_ns)),
            *client_headers(batch.client),
        ]
        await self._write(self._config.state.topic, number, key, batch.data, headers)

    def drop(self, number: int, key: bytes) -> None:
        """Write a tombstone; what it removes does no harm until it is there."""
        self._producer.produce(self._config.state.topic, None, key, partition=number)

    def tick(self, number: int) -> None:
        """Note in the log that time passes."""
        self._producer.produce(self._tick_topic, b"", None, partition=number, headers=[(TICK_HEADER, "1")])

    async def set_aside(self, record: Record, why: str) -> None:
        """Write what cannot be read to the topic of dead letters, with the reason."""
        headers: Headers = [*record.headers.items(), ("otelrum.error", why), ("otelrum.source", record.topic)]
        await self._write(self._config.dead_letters.topic, -1, record.key, record.value, headers)

    async def close(self) -> None:
        """Write what is left, as far as the brokers take it at once."""
        self._is_open.clear()
        await self._poller

    async def _write(self, topic: str, number: int, key: bytes | None, value: bytes, headers: Headers) -> None:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[KafkaError | None] = loop.create_future()

        def delivered(error: KafkaError | None, _: Message) -> None:
            loop.call_soon_threadsafe(_resolve, done, error)

        self._producer.produce(topic, value, key, partition=number, headers=headers, on_delivery=delivered)
        if (error := await done) is not None:
            raise KafkaException(error)

    def _poll(self) -> None:
        """In a thread: deliveries are heard of here."""
        while self._is_open.is_set():
            self._producer.poll(POLL_S)
        self._producer.flush(1.0)


def _resolve(done: asyncio.Future[KafkaError | None], error: KafkaError | None) -> None:
    if not done.done():
        done.set_result(error)
