"""What a partition needs of Kafka besides its records: its past, its state, and the passing of time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

from confluent_kafka import KafkaException

from otelrum.collector.errors import RetryableError
from otelrum.collector.partition import Past, Place
from otelrum.otlp.batch import Batch
from otelrum.receivers.kafka.config import KafkaReceiverConfig
from otelrum.receivers.kafka.messages import Reading, Record
from otelrum.receivers.kafka.past import PastReader
from otelrum.receivers.kafka.state import StateWriter


class KafkaLog:
    """One for all partitions of a receiver."""

    def __init__(self, config: KafkaReceiverConfig, reading: Reading, log: logging.Logger) -> None:
        self._past = PastReader(config.consumer_properties(), config.state.topic, reading.past_batch, log)
        self._state = StateWriter(config, reading.topics[0], log)
        self._has_topic = asyncio.Lock()
        self._is_topic_there = False

    async def past(self, number: int, count: int, safe: dict[str, int], horizon_ns: int) -> AsyncIterator[Past]:
        """See PastReader; the state topic is there afterwards. Raises RetryableError."""
        try:
            async with self._has_topic:
                if not self._is_topic_there:
                    await asyncio.get_running_loop().run_in_executor(None, self._state.create_topic, count)
                    self._is_topic_there = True
            async for past in self._past.past(number, safe, horizon_ns):
                yield past
        except KafkaException as error:
            raise RetryableError(f"the past of partition {number} cannot be read: {error.args[0].str()}") from error

    def partition_count(self, topic: str) -> int:
        """In a thread. Raises KafkaException."""
        return self._state.partition_count(topic)

    async def remember(self, number: int, key: bytes, place: Place, batch: Batch) -> None:
        """Returns when the state topic has it."""
        await self._state.remember(number, key, place, batch)

    def drop(self, number: int, key: bytes) -> None:
        """A tombstone follows."""
        self._state.drop(number, key)

    def tick(self, number: int) -> None:
        """Time is noted in the log."""
        self._state.tick(number)

    async def set_aside(self, record: Record, why: str) -> None:
        """A dead letter."""
        await self._state.set_aside(record, why)

    async def close(self) -> None:
        """Write what is left."""
        await self._state.close()
