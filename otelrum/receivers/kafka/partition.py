"""One partition while this process owns it: its records in order, and which of them have left.

    buffer -> (taken one after the other) -> held by the pipeline -> left -> its offset may be committed

A record goes to the pipeline when the one before it was taken. It may leave much later, and out of order:
the offset that is safe to commit is that of the first record that has not left.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Final, Protocol

from otelrum.collector.errors import RetryableError
from otelrum.collector.partition import Follower, Past, Place
from otelrum.otlp.batch import Batch
from otelrum.receivers.kafka.messages import Record

MAX_BUFFERED: Final = 2_000
"""Records that wait: beyond that the partition is paused. A pause throws away what the client has prefetched."""

RESUME_BUFFERED: Final = 500

RETRY_S: Final = 1.0
"""Until a follower that could not read its past tries again."""


class Progress:
    """Which records of one topic have left, by offset."""

    __slots__ = ("_left", "_waiting", "safe_offset")

    def __init__(self, first_offset: int) -> None:
        self.safe_offset = first_offset
        """The first offset that has not left, or is not read."""
        self._waiting: deque[int] = deque()
        self._left: set[int] = set()

    def read(self, offset: int) -> None:
        """A record was read; offsets grow, and some are missing."""
        self._waiting.append(offset)

    def left(self, offset: int) -> None:
        """All of a record has left."""
        self._left.add(offset)
        while self._waiting and self._waiting[0] in self._left:
            done = self._waiting.popleft()
            self._left.discard(done)
            self.safe_offset = done + 1

    @property
    def waiting(self) -> int:
        """Records that were read and have not left, or stand behind one that has not."""
        return len(self._waiting)


class Log(Protocol):
    """The parts of Kafka that a partition needs besides its records."""

    def past(self, number: int, count: int, safe: dict[str, int], horizon_ns: int) -> AsyncIterator[Past]: ...

    async def remember(self, number: int, key: bytes, place: Place, batch: Batch) -> None: ...

    def drop(self, number: int, key: bytes) -> None: ...

    def tick(self, number: int) -> None: ...


Deliver = Callable[[Record, Place], Awaitable[None]]
"""Gives a record to the pipeline; returns when all of it has left."""


class OwnedPartition:
    """The same partition of all topics: a session's spans and records come in one order."""

    def __init__(
        self,
        number: int,
        count: int,
        starts: dict[str, int],
        log: Log,
        deliver: Deliver,
        fail: Callable[[BaseException], None],
    ) -> None:
        """`starts` are the first offsets to read, by topic. `fail` hears of what nobody foresaw."""
        self.number = number
        self.count = count
        self._starts = dict(starts)
        self._log = log
        self._deliver = deliver
        self._fail = fail
        self._progress = {topic: Progress(offset) for topic, offset in starts.items()}
        self._next = dict(starts)
        self._buffer: deque[Record] = deque()
        self._has_more = asyncio.Event()
        self._followers: list[Follower] = []
        self._running: set[asyncio.Task[None]] = set()
        self._writes: dict[tuple[str, int], set[asyncio.Task[None]]] = {}
        """Records whose state is on its way to the state topic: they have not left before that is there."""
        self._is_ticking = False
        self._pump = asyncio.create_task(self._run())
        self._pump.add_done_callback(self._ended)
        self.is_paused = False

    # ------------------------------------------------------------------ records
    def take(self, records: Iterable[Record]) -> None:
        """Records that were read, in their order. One that was read before is passed over."""
        for record in records:
            if record.offset < self._next.get(record.topic, 0):
                continue
            self._next[record.topic] = record.offset + 1
            self._progress.setdefault(record.topic, Progress(record.offset)).read(record.offset)
            self._buffer.append(record)
        self._has_more.set()

    @property
    def wants_pause(self) -> bool:
        """Whether so much waits that reading should stop."""
        limit = RESUME_BUFFERED if self.is_paused else MAX_BUFFERED
        return len(self._buffer) > limit

    @property
    def next_offsets(self) -> dict[str, int]:
        """Where reading goes on, by topic."""
        return self._next.copy()

    @property
    def safe_offsets(self) -> dict[str, int]:
        """What may be committed, by topic."""
        return {topic: progress.safe_offset for topic, progress in list(self._progress.items())}

    @property
    def waiting(self) -> int:
        """Records that were read and have not left."""
        return sum(progress.waiting for progress in self._progress.values())

    async def close(self) -> None:
        """The partition is lost: nothing of it goes on."""
        for follower in self._followers:
            follower.lost()
        ends = [self._pump, *self._running, *(write for writes in self._writes.values() for write in writes)]
        for end in ends:
            end.cancel()
        await asyncio.gather(*ends, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            while self._buffer:
                await self._give(self._buffer.popleft())
            self._has_more.clear()
            await self._has_more.wait()

    async def _give(self, record: Record) -> None:
        if record.is_tick:
            await self._advance(record)
            return
        place = Place(self, record.topic, record.offset, record.time_ns)
        task = asyncio.create_task(self._follow_through(record, place))
        self._running.add(task)
        task.add_done_callback(self._ended)
        await place.taken.wait()

    def _ended(self, task: asyncio.Task[None]) -> None:
        """What nobody foresaw ends the process: else the partition would stand still, and nobody would hear of it."""
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._fail(error)

    async def _advance(self, record: Record) -> None:
        self._is_ticking = False
        for follower in self._followers:
            while not await _has_advanced(follower, record.time_ns):
                await asyncio.sleep(RETRY_S)
        self._progress[record.topic].left(record.offset)

    async def _follow_through(self, record: Record, place: Place) -> None:
        try:
            await self._deliver(record, place)
        finally:
            place.taken.set()
        while writes := self._writes.get((record.topic, record.offset)):
            await asyncio.gather(*writes)
        self._progress[record.topic].left(record.offset)

    # ------------------------------------------------------------------ for holders
    def follow(self, follower: Follower) -> None:
        self._followers.append(follower)

    def past(self, horizon_ns: int) -> AsyncIterator[Past]:
        return self._log.past(self.number, self.count, self._starts, horizon_ns)

    def remember(self, arrival: Place, key: bytes, batch: Batch) -> None:
        place = (arrival.topic, arrival.offset)
        write = asyncio.create_task(self._log.remember(self.number, key, arrival, batch))
        writes = self._writes.setdefault(place, set())
        writes.add(write)
        write.add_done_callback(lambda done: self._written(place, done))

    def _written(self, place: tuple[str, int], write: asyncio.Task[None]) -> None:
        writes = self._writes[place]
        writes.discard(write)
        if not writes:
            del self._writes[place]
        if not write.cancelled() and (error := write.exception()) is not None:
            logging.getLogger(__name__).error("state was not written: %s", error)

    def drop(self, key: bytes) -> None:
        self._log.drop(self.number, key)

    def tick(self) -> None:
        if not self._is_ticking:  # the next one when this one was read
            self._is_ticking = True
            self._log.tick(self.number)


async def _has_advanced(follower: Follower, time_ns: int) -> bool:
    try:
        await follower.advance(time_ns)
    except RetryableError as error:
        logging.getLogger(__name__).warning("%s", error)
        return False
    return True
