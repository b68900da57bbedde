"""The `kafka` receiver: requests from topics into the pipelines, offsets back when they have left."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Final

from confluent_kafka import KafkaException

from otelrum.collector.component import Build, Consumer, Host
from otelrum.collector.errors import ConfigError, PermanentError, RetryableError
from otelrum.collector.observed import ItemCounters
from otelrum.collector.partition import Place
from otelrum.otlp.batch import Batch, Signal
from otelrum.otlp.errors import MalformedOtlp
from otelrum.receivers.kafka.config import KafkaReceiverConfig
from otelrum.receivers.kafka.group import Assigned, GroupConsumer, Offsets
from otelrum.receivers.kafka.log import KafkaLog
from otelrum.receivers.kafka.messages import Reading, Record
from otelrum.receivers.kafka.partition import OwnedPartition

_LAG: Final = "otelcol_kafka_receiver_offset_lag"
_OFFSET: Final = "otelcol_kafka_receiver_current_offset"


class KafkaReceiver:
    """A member of the group. Each partition goes its own way."""

    def __init__(self, config: KafkaReceiverConfig, build: Build) -> None:
        self._config = config
        self._build = build
        self._consumers: dict[Signal, Consumer] = {}
        self._partitions: dict[int, OwnedPartition] = {}
        self._owned: set[tuple[str, int]] = set()
        """What the group gives this member now, by topic and number."""
        self._group: GroupConsumer | None = None
        self._log: KafkaLog | None = None
        self._reading: Reading | None = None
        self._host: Host | None = None
        self._runs: asyncio.Task[None] | None = None
        self._committed_ns = 0
        labels = {"receiver": str(build.id), "transport": "kafka"}
        self._accepted = ItemCounters(build.telemetry, "otelcol_receiver_accepted_{items}", **labels)
        self._refused = ItemCounters(build.telemetry, "otelcol_receiver_refused_{items}", **labels)
        self._unreadable = build.telemetry.counter("otelrum_kafka_unreadable_messages", receiver=str(build.id))

    def connect(self, signal: Signal, consumer: Consumer) -> None:
        self._consumers[signal] = consumer

    async def start(self, host: Host) -> None:
        """Join the group. Raises ConfigError for what the client does not take."""
        self._host = host
        self._reading = reading = Reading(self._config, frozenset(self._consumers))
        self._log = KafkaLog(self._config, reading, self._build.log)
        properties, count_of = self._config.consumer_properties(), self._log.partition_count
        group = GroupConsumer(properties, count_of, self._assigned, self._revoked, self._build.log)
        group.safe_offsets, group.next_offsets = self._safe_offsets, self._next_offsets
        group.subscribe(reading.topics)
        self._group = group
        self._runs = asyncio.create_task(self._run(host, group))

    async def shutdown(self, deadline_ns: int) -> None:
        """Gives the partitions back as they are: their next owner decides what is held (docs/decisions/0009)."""
        runs, self._runs = self._runs, None
        if runs is not None:
            runs.cancel()
            await asyncio.gather(runs, return_exceptions=True)
        for partition in self._partitions.values():
            self._unobserve(partition)
        group, self._group = self._group, None
        try:
            if group is not None:
                await group.close()
        finally:  # whatever the brokers say: a thread that goes on would keep the process
            await self._close(list(self._partitions.values()))
            if self._log is not None:
                await self._log.close()

    @property
    def numbers(self) -> list[int]:
        """The partitions that this process owns now."""
        return sorted(self._partitions)

    @property
    def paused(self) -> list[int]:
        """Those of them that are not read now."""
        return sorted(number for number, partition in self._partitions.items() if partition.is_paused)

    # ------------------------------------------------------------------ reading
    async def _run(self, host: Host, group: GroupConsumer) -> None:
        try:
            while True:
                self._take(await group.read())
                await self._regulate(group)
                now_ns = self._build.clock.now_ns()
                if now_ns - self._committed_ns >= self._config.autocommit.interval.total_seconds() * 1e9:
                    self._committed_ns = now_ns
                    await group.commit()
        except Exception as error:
            host.fail(error)

    def _take(self, records: list[Record]) -> None:
        by_number: dict[int, list[Record]] = {}
        for record in records:
            by_number.setdefault(record.number, []).append(record)
        for number, own in by_number.items():
            if (partition := self._partitions.get(number)) is not None:
                # Of two topics in one fetch: as they came to the brokers.
                partition.take(sorted(own, key=lambda record: record.time_ns) if self._has_several else own)

    @property
    def _has_several(self) -> bool:
        assert self._reading is not None
        return len(self._reading.topics) > 1

    async def _regulate(self, group: GroupConsumer) -> None:
        """Stop reading partitions whose buffer is full; go on with those that have room again."""
        for partition in list(self._partitions.values()):
            wants_pause = partition.wants_pause
            if wants_pause != partition.is_paused and await group.pause(self._places_of(partition.number), wants_pause):
                partition.is_paused = wants_pause

    # ------------------------------------------------------------------ partitions
    def _assigned(self, places: list[Assigned]) -> None:
        """In the loop. A partition that was here before goes on; the others are closed or begin."""
        assert self._host is not None
        of_sessions = {*self._config.topics(Signal.TRACES), *self._config.topics(Signal.LOGS)}
        counts = {place.topic: place.of for place in places if place.topic in of_sessions}
        if (error := _of_several_owners(counts)) is not None:
            self._host.fail(error)
            return
        self._owned = {(place.topic, place.number) for place in places} | (self._owned if not self._is_eager else set())
        numbers = {number for _, number in self._owned}
        gone = [partition for number, partition in self._partitions.items() if number not in numbers]
        for partition in gone:
            del self._partitions[partition.number]
            self._unobserve(partition)
        if gone:
            self._closing = asyncio.ensure_future(self._close(gone))
        for number in sorted(numbers - self._partitions.keys()):
            own = [place for place in places if place.number == number]
            self._partitions[number] = self._begin(number, own)
        for place in places:
            self._partitions[place.number].is_paused = False  # whoever is assigned is read

    @property
    def _is_eager(self) -> bool:
        return "cooperative-sticky" not in self._config.group_rebalance_strategies

    def _begin(self, number: int, own: list[Assigned]) -> OwnedPartition:
        assert self._log is not None and self._host is not None
        starts = {place.topic: place.offset for place in own}
        for topic in starts:
            labels = {"receiver": str(self._build.id), "topic": topic, "partition": str(number)}
            at = (topic, number)
            self._build.telemetry.observe(_LAG, lambda at=at: self._lag(at), **labels)  # type: ignore[misc]
            self._build.telemetry.observe(_OFFSET, lambda at=at: self._next_offsets().get(at, 0), **labels)  # type: ignore[misc]
        return OwnedPartition(number, own[0].of, starts, self._log, self._deliver, self._host.fail)

    def _unobserve(self, partition: OwnedPartition) -> None:
        """Its figures must not stand still where another process has them now."""
        for topic in partition.next_offsets:
            labels = {"receiver": str(self._build.id), "topic": topic, "partition": str(partition.number)}
            self._build.telemetry.remove(_LAG, **labels)
            self._build.telemetry.remove(_OFFSET, **labels)

    def _revoked(self, places: list[tuple[str, int]]) -> None:
        """In the loop. What was given back is committed no more; it is closed when its next owner is known."""
        self._owned -= set(places)
        if not self._is_eager:
            self._assigned([])

    async def _close(self, partitions: list[OwnedPartition]) -> None:
        for partition in partitions:
            await partition.close()

    def _lag(self, at: tuple[str, int]) -> float:
        return self._group.lag(*at) if self._group is not None else 0

    def _places_of(self, number: int) -> Iterator[tuple[str, int]]:
        return (place for place in self._owned if place[1] == number)

    def _safe_offsets(self) -> Offsets:
        """The safe offsets of this member's partitions. The group's thread calls it, so it reads copies."""
        owned = set(self._owned)
        return {
            (topic, partition.number): offset
            for partition in list(self._partitions.values())
            for topic, offset in partition.safe_offsets.items()
            if (topic, partition.number) in owned
        }

    def _next_offsets(self) -> Offsets:
        return {
            (topic, partition.number): offset
            for partition in list(self._partitions.values())
            for topic, offset in partition.next_offsets.items()
        }

    # ------------------------------------------------------------------ one record
    async def _deliver(self, record: Record, place: Place) -> None:
        """Give a record to the pipeline, again and again while that refuses for now."""
        assert self._reading is not None
        try:
            batch = self._reading.batch(record)
        except MalformedOtlp as error:
            await self._set_aside(record, str(error))
            return
        if batch is None or not batch.items:
            return
        batch.arrival = place
        try:
            await self._until_taken(batch)
        except PermanentError as error:
            self._refused.add(batch.signal, batch.items)
            if error.invalid:
                await self._set_aside(record, str(error))
        else:
            self._accepted.add(batch.signal, batch.items)

    async def _until_taken(self, batch: Batch) -> None:
        backoff = self._config.error_backoff
        delay_s, most_s = backoff.initial_interval.total_seconds(), backoff.max_interval.total_seconds()
        while True:
            try:
                await self._consumers[batch.signal].consume(batch)
            except RetryableError as error:
                self._build.log.debug("tried again in %g s: %s", delay_s, error)
                await self._build.clock.sleep(delay_s)
                delay_s = min(2 * delay_s, most_s)
            else:
                return

    async def _set_aside(self, record: Record, why: str) -> None:
        """What cannot be read must not stop its partition: it is counted, named, and kept if there is a topic."""
        assert self._log is not None
        self._unreadable.add(1)
        self._build.log.error("%s[%d]@%d cannot be read: %s", record.topic, record.number, record.offset, why)
        if self._config.dead_letters.topic:
            try:
                await self._log.set_aside(record, why)
            except KafkaException as error:
                self._build.log.error("it cannot be set aside either: %s", error.args[0].str())


def _of_several_owners(counts: dict[str, int]) -> ConfigError | None:
    """What is wrong where a session's key has another partition number in one topic than in another."""
    if len(set(counts.values())) < 2:
        return None
    found = ", ".join(f"{topic} has {count}" for topic, count in sorted(counts.items()))
    return ConfigError(f"topics of one receiver need equal numbers of partitions: {found}")
