"""The group's consumer in a thread of its own: it always polls, so the group never loses it for being busy.

Everything that another thread must know comes through the loop. Offsets are committed here alone: of what
is owned, at an interval, and once more before a partition is given back.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from otelrum.collector.kafka import Properties
from otelrum.collector.kafka_client import new_consumer
from otelrum.receivers.kafka.messages import Record, record_of

AT_ONCE: Final = 500
"""Records of one read: enough to cost little each, few enough that a commit does not wait."""

POLL_S: Final = 0.1
"""How long a read waits for records: pauses and commits wait behind it."""

RETRY_S: Final = 0.5
"""Before a broker that cannot say where to begin is asked again."""

TIMEOUT_S: Final = 10.0
"""For a broker's answer while partitions are assigned."""

# What a broker says while it comes and goes; librdkafka goes on by itself.
_FATAL: Final = frozenset({KafkaError._FATAL, KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError._AUTHENTICATION})


class Assigned(NamedTuple):
    """A partition of a topic, how many the topic has, and where reading begins."""

    topic: str
    number: int
    of: int
    offset: int


Offsets = dict[tuple[str, int], int]


class GroupConsumer:
    """Reads records of the partitions that the group gives it."""

    def __init__(
        self,
        properties: Properties,
        count_of: Callable[[str], int],
        on_assigned: Callable[[list[Assigned]], None],
        on_revoked: Callable[[list[tuple[str, int]]], None],
        log: logging.Logger,
    ) -> None:
        """`count_of` returns how many partitions a topic has. It asks another client: this one's own answer to that
        would end the process at the next callback of the same read. The other two are called in the loop, in the
        order in which it happened.
        """
        self._loop = asyncio.get_running_loop()
        self._consumer = new_consumer(properties, log)
        self._is_cooperative = "cooperative" in str(properties["partition.assignment.strategy"])
        self._count_of = count_of
        self._on_assigned = on_assigned
        self._on_revoked = on_revoked
        self._log = log
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="kafka-group")
        self.safe_offsets: Callable[[], Offsets] = dict
        """What may be committed now; asked in the thread too."""
        self.next_offsets: Callable[[], Offsets] = dict
        """Where a partition that this process still has goes on."""
        self._committed: Offsets = {}
        self._is_closing = threading.Event()
        self._from_start = properties["auto.offset.reset"] == "earliest"

    def subscribe(self, topics: list[str]) -> None:
        """Join the group."""
        self._consumer.subscribe(topics, on_assign=self._assign, on_revoke=self._revoke, on_lost=self._lost)

    async def read(self) -> list[Record]:
        """What has come; after a fraction of a second nothing. Raises KafkaException on what cannot be mended."""
        return await self._loop.run_in_executor(self._thread, self._read)

    async def commit(self) -> None:
        """Commit what is safe."""
        await self._loop.run_in_executor(self._thread, self._commit, None)

    async def pause(self, places: Iterable[tuple[str, int]], is_paused: bool) -> bool:
        """Stop or go on reading these; whether that was done: not where one of them was given back meanwhile."""
        change = self._consumer.pause if is_paused else self._consumer.resume
        partitions = [TopicPartition(topic, number) for topic, number in places]
        try:
            await self._loop.run_in_executor(self._thread, change, partitions)
        except KafkaException as error:
            self._log.debug("cannot pause or resume: %s", error)
            return False
        return bool(partitions)

    def lag(self, topic: str, number: int) -> float:
        """Records behind the end of the partition, as of the last answer of the broker; not committed ones count."""
        _, high = self._consumer.get_watermark_offsets(TopicPartition(topic, number), cached=True)
        return max(0, high - self.safe_offsets().get((topic, number), high))

    async def close(self) -> None:
        """Commit what is safe, and leave the group."""
        self._is_closing.set()
        await self._loop.run_in_executor(self._thread, self._consumer.close)
        self._thread.shutdown(wait=False)

    # ------------------------------------------------------------------ in the thread
    def _read(self) -> list[Record]:
        out = []
        for message in self._consumer.consume(AT_ONCE, POLL_S):
            error = message.error()
            if error is None:
                out.append(record_of(message))
            elif error.fatal() or error.code() in _FATAL:
                raise KafkaException(error)
            else:
                self._log.warning("Kafka: %s", error.str())
        return out

    def _commit(self, places: set[tuple[str, int]] | None) -> None:
        safe = {at: offset for at, offset in self.safe_offsets().items() if places is None or at in places}
        changed = {at: offset for at, offset in safe.items() if self._committed.get(at) != offset}
        if not changed:
            return
        offsets = [TopicPartition(topic, number, offset) for (topic, number), offset in changed.items()]
        try:
            self._consumer.commit(offsets=offsets, asynchronous=False)
            self._committed |= changed
        except KafkaException as error:  # said again with the next one
            self._log.warning("offsets were not committed: %s", error.args[0].str())

    def _assign(self, _: Consumer, partitions: list[TopicPartition]) -> None:
        begins = self._begins(partitions)
        for place, begin in zip(partitions, begins, strict=True):
            place.offset = begin.offset
        self._committed = {}
        (self._consumer.incremental_assign if self._is_cooperative else self._consumer.assign)(partitions)
        self._consumer.resume(partitions)  # the client still has what was paused before they were given back
        self._loop.call_soon_threadsafe(self._on_assigned, begins)

    def _begins(self, partitions: list[TopicPartition]) -> list[Assigned]:
        """Where each is read from: asked until the brokers answer, because nothing could be read before."""
        while True:
            try:
                return self._asked(partitions)
            except KafkaException as error:
                self._log.warning("where to read from is not known yet: %s", error.args[0].str())
                if self._is_closing.wait(RETRY_S):
                    raise

    def _asked(self, partitions: list[TopicPartition]) -> list[Assigned]:
        going_on = self.next_offsets()
        known = self._consumer.committed(partitions, TIMEOUT_S) if partitions else []
        out = []
        for place in known:
            offset = going_on.get((place.topic, place.partition), place.offset)
            begin = offset if offset >= 0 else self._first(place)
            out.append(Assigned(place.topic, place.partition, self._count_of(place.topic), begin))
        return out

    def _first(self, place: TopicPartition) -> int:
        """Without a committed offset: the end or the beginning, as `initial_offset` says."""
        low, high = self._consumer.get_watermark_offsets(place, TIMEOUT_S)
        return low if self._from_start else high

    def _revoke(self, _: Consumer, partitions: list[TopicPartition]) -> None:
        places = [(place.topic, place.partition) for place in partitions]
        self._commit(set(places))
        self._give_up(partitions)
        self._loop.call_soon_threadsafe(self._on_revoked, places)

    def _lost(self, _: Consumer, partitions: list[TopicPartition]) -> None:
        """Another member may own them already: what this one commits now would take back its progress."""
        self._give_up(partitions)
        places = [(place.topic, place.partition) for place in partitions]
        self._loop.call_soon_threadsafe(self._on_revoked, places)

    def _give_up(self, partitions: list[TopicPartition]) -> None:
        if self._is_cooperative:
            self._consumer.incremental_unassign(partitions)
        else:
            self._consumer.unassign()
