"""Reads what came before: state from the compacted topic, then the records that the next decisions may depend on."""

from __future__ import annotations

import asyncio
import heapq
import logging
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Final

from confluent_kafka import OFFSET_END, Consumer, KafkaException, TopicPartition

from otelrum.collector.kafka import Properties
from otelrum.collector.kafka_client import new_consumer
from otelrum.collector.partition import Past, PastKind
from otelrum.otlp.batch import Batch
from otelrum.receivers.kafka.messages import Record, record_of

AT_ONCE: Final = 500
"""Records that are handed to the loop in one piece."""

POLL_S: Final = 0.5
TIMEOUT_S: Final = 10.0
"""For a broker's answer: the partition's start is tried again after that."""

SOURCE_HEADER: Final = "otelrum.source"
TIME_HEADER: Final = "otelrum.time"
"""Headers of a state record: the record it comes from (`topic:offset`), and when that came, in unix nanoseconds."""

Read = Callable[[Record], Batch | None]


class PastReader:
    """Has clients of its own, so that the group's consumer goes on."""

    def __init__(self, properties: Properties, state_topic: str, read: Read, log: logging.Logger) -> None:
        self._properties = {**properties, "enable.partition.eof": False, "auto.offset.reset": "earliest"}
        self._properties.pop("group.instance.id", None)  # it must not fence the member
        self._state_topic = state_topic
        self._read = read
        self._log = log

    async def past(self, number: int, safe: dict[str, int], horizon_ns: int) -> AsyncIterator[Past]:
        """State, then what came within `horizon_ns` before the offsets from which this life reads."""
        loop, is_over = asyncio.get_running_loop(), threading.Event()
        consumer = new_consumer(self._properties, self._log)
        try:
            starts = await loop.run_in_executor(None, self._starts, consumer, number, safe, horizon_ns)
            state = _state(self._records(self._state_topic, number, 0, 1 << 62, is_over), safe | starts)
            replay = heapq.merge(
                *(self._records(topic, number, start, safe[topic], is_over) for topic, start in starts.items()),
                key=lambda record: record.time_ns,
            )
            for kind, records in ((PastKind.STATE, state), (PastKind.REPLAY, replay)):
                while some := await loop.run_in_executor(None, lambda: list(islice(records, AT_ONCE))):  # noqa: B023
                    for record in some:
                        yield self._past(kind, record)
        finally:
            is_over.set()  # whoever asked may have lost the partition: no thread must go on reading it
            await loop.run_in_executor(None, consumer.close)

    def _past(self, kind: PastKind, record: Record) -> Past:
        return Past(kind, record.time_ns, None if record.is_tick else self._read(record))

    # ------------------------------------------------------------------ in a thread
    def _starts(self, consumer: Consumer, number: int, safe: dict[str, int], horizon_ns: int) -> dict[str, int]:
        """Where the replay begins, by topic."""
        times = [self._time_ns(topic, number, offset) for topic, offset in safe.items()]
        known = [time_ns for time_ns in times if time_ns]
        if not known:
            return {}
        from_ms = max(0, (min(known) - horizon_ns) // 1_000_000)
        asked = [TopicPartition(topic, number, from_ms) for topic in safe]
        found = consumer.offsets_for_times(asked, TIMEOUT_S)
        starts = {place.topic: place.offset for place in found if place.offset != OFFSET_END and place.offset >= 0}
        return {topic: start for topic, start in starts.items() if start < safe[topic]}

    def _time_ns(self, topic: str, number: int, offset: int) -> int:
        """When the record at this offset came, else the one before it; 0 where there is none."""
        for at in (offset, offset - 1):
            for record in self._records(topic, number, at, at + 1, threading.Event()):
                return record.time_ns
        return 0

    def _records(self, topic: str, number: int, start: int, stop: int, is_over: threading.Event) -> Iterator[Record]:
        """The records with offsets in [start, stop) that are still there, until it is over."""
        consumer = new_consumer(self._properties, self._log)
        try:
            low, high = consumer.get_watermark_offsets(TopicPartition(topic, number), TIMEOUT_S)
            at, stop = max(start, low), min(stop, high)
            if at >= stop:
                return
            consumer.assign([TopicPartition(topic, number, at)])
            while at < stop and not is_over.is_set():
                # Returns when it has so many, or nothing more for so long.
                for message in consumer.consume(min(AT_ONCE, stop - at), POLL_S):
                    if (error := message.error()) is not None:
                        raise KafkaException(error)
                    record = record_of(message)
                    if record.offset >= stop:
                        return
                    at = record.offset + 1
                    yield record
                # Offsets may be missing at the end (compaction, transactions): the position decides.
                at = max(at, consumer.position([TopicPartition(topic, number)])[0].offset)
        finally:
            consumer.close()


def _state(records: Iterable[Record], starts: Mapping[str, int]) -> Iterator[Record]:
    """The latest record of each key, in their order; what is read again anyway would be there twice."""
    latest: dict[bytes, Record] = {}
    for record in records:
        key = record.key or b""
        latest.pop(key, None)
        if record.value and not _is_read_again(record, starts):
            latest[key] = record
    for record in latest.values():
        topic, _, _ = record.headers[SOURCE_HEADER].rpartition(":")
        yield record._replace(topic=topic, time_ns=int(record.headers[TIME_HEADER]))


def _is_read_again(record: Record, starts: Mapping[str, int]) -> bool:
    """Whether the record that this comes from is read again; `starts` are the first offsets that are read, by topic."""
    topic, _, offset = record.headers[SOURCE_HEADER].rpartition(":")
    return int(offset) >= starts.get(topic, 1 << 62)
