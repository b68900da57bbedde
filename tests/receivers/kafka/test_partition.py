"""One partition: in order, and committed when what came has left."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otelrum.collector.errors import RetryableError
from otelrum.collector.partition import Past, Place
from otelrum.otlp.batch import Batch, Signal
from otelrum.receivers.kafka.messages import TICK_HEADER, Record
from otelrum.receivers.kafka.partition import MAX_BUFFERED, RESUME_BUFFERED, OwnedPartition, Progress
from otelrum.testing import Extensions, run_until_quiet

pytestmark = pytest.mark.anyio


class Pipeline:
    """Takes records; each leaves when the test says so."""

    def __init__(self, takes_at_once: bool = True) -> None:
        self.got: list[int] = []
        self._takes_at_once = takes_at_once
        self.places: dict[int, Place] = {}
        self._may_leave: dict[int, asyncio.Event] = {}

    async def deliver(self, record: Record, place: Place) -> None:
        self.got.append(record.offset)
        self.places[record.offset] = place
        if self._takes_at_once:
            place.taken.set()
        await self._may_leave.setdefault(record.offset, asyncio.Event()).wait()

    async def leave(self, *offsets: int) -> None:
        for offset in offsets:
            self._may_leave.setdefault(offset, asyncio.Event()).set()
        await run_until_quiet()


class Log:
    """What a partition asks of Kafka."""

    def __init__(self) -> None:
        self.ticks = 0
        self.is_written = asyncio.Event()

    async def past(self, number: int, count: int, safe: dict[str, int], horizon_ns: int) -> AsyncIterator[Past]:
        return
        yield

    async def remember(self, number: int, key: bytes, place: Place, batch: Batch) -> None:
        await self.is_written.wait()

    def drop(self, number: int, key: bytes) -> None: ...

    def tick(self, number: int) -> None:
        self.ticks += 1


class Follower:
    """Hears of time and loss."""

    def __init__(self, failures: int = 0) -> None:
        self.times: list[int] = []
        self.is_lost = False
        self._failures = failures

    async def advance(self, time_ns: int) -> None:
        if self._failures:
            self._failures -= 1
            raise RetryableError("not now")
        self.times.append(time_ns)

    def lost(self) -> None:
        self.is_lost = True


def record(offset: int, is_tick: bool = False) -> Record:
    headers = {TICK_HEADER: "1"} if is_tick else {}
    return Record("t", 0, offset, offset * 1000, None, b"", headers)


def partition(pipeline: Pipeline, log: Log | None = None, start: int = 0) -> OwnedPartition:
    return OwnedPartition(0, 1, {"t": start}, log or Log(), pipeline.deliver, Extensions().fail)


async def test_what_nobody_foresaw_is_reported_and_its_record_is_never_committed() -> None:
    async def deliver(record: Record, place: Place) -> None:
        raise LookupError("nobody foresaw it")

    host = Extensions()
    owned = OwnedPartition(0, 1, {"t": 0}, Log(), deliver, host.fail)
    owned.take([record(0), record(1)])
    await run_until_quiet()
    assert [str(failure) for failure in host.failures] == ["nobody foresaw it"] * 2
    assert owned.safe_offsets == {"t": 0}
    await owned.close()


async def test_a_record_is_given_on_when_the_one_before_it_was_taken() -> None:
    pipeline = Pipeline(takes_at_once=False)
    owned = partition(pipeline)
    owned.take([record(0), record(1)])
    await run_until_quiet()
    assert pipeline.got == [0]
    pipeline.places[0].taken.set()
    await run_until_quiet()
    assert pipeline.got == [0, 1]
    await owned.close()


async def test_a_record_that_left_before_it_was_taken_lets_the_next_one_come() -> None:
    pipeline = Pipeline(takes_at_once=False)
    owned = partition(pipeline)
    owned.take([record(0), record(1)])
    await run_until_quiet()
    await pipeline.leave(0)
    assert pipeline.got == [0, 1]
    await owned.close()


async def test_an_offset_is_safe_when_all_before_it_has_left() -> None:
    pipeline = Pipeline()
    owned = partition(pipeline)
    owned.take([record(0), record(1), record(2)])
    await run_until_quiet()
    await pipeline.leave(1, 2)
    assert owned.safe_offsets == {"t": 0}
    await pipeline.leave(0)
    assert owned.safe_offsets == {"t": 3}
    await owned.close()


async def test_an_offset_is_not_safe_before_the_state_that_it_reported_is_written() -> None:
    pipeline, log = Pipeline(), Log()
    owned = partition(pipeline, log)
    owned.take([record(0)])
    await run_until_quiet()
    owned.remember(pipeline.places[0], b"key", Batch(Signal.TRACES, b""))
    await pipeline.leave(0)
    assert owned.safe_offsets == {"t": 0}
    log.is_written.set()
    await run_until_quiet()
    assert owned.safe_offsets == {"t": 1}
    await owned.close()


async def test_a_record_that_is_read_again_is_not_given_on_again() -> None:
    pipeline = Pipeline()
    owned = partition(pipeline)
    owned.take([record(0), record(1)])
    owned.take([record(1), record(2)])
    await run_until_quiet()
    assert pipeline.got == [0, 1, 2]
    await owned.close()


async def test_a_tick_gives_followers_the_time_and_nothing_else() -> None:
    pipeline, follower = Pipeline(), Follower()
    owned = partition(pipeline)
    owned.follow(follower)
    owned.take([record(0, is_tick=True)])
    await run_until_quiet()
    assert (follower.times, pipeline.got, owned.safe_offsets) == ([0], [], {"t": 1})
    await owned.close()


async def test_one_tick_is_asked_for_at_a_time() -> None:
    log = Log()
    owned = partition(Pipeline(), log)
    owned.tick()
    owned.tick()
    assert log.ticks == 1
    owned.take([record(0, is_tick=True)])
    await run_until_quiet()
    owned.tick()
    assert log.ticks == 2
    await owned.close()


async def test_followers_hear_that_the_partition_is_lost_and_nothing_runs_any_more() -> None:
    pipeline, follower = Pipeline(), Follower()
    owned = partition(pipeline)
    owned.follow(follower)
    owned.take([record(0)])
    await run_until_quiet()
    before = asyncio.all_tasks()
    await owned.close()
    assert follower.is_lost
    assert asyncio.all_tasks() < before


async def test_a_full_buffer_asks_for_a_pause_until_it_is_nearly_empty() -> None:
    pipeline = Pipeline(takes_at_once=False)
    owned = partition(pipeline)
    owned.take(record(offset) for offset in range(MAX_BUFFERED + 2))
    await run_until_quiet()
    assert owned.wants_pause
    owned.is_paused = True
    for offset in range(MAX_BUFFERED - RESUME_BUFFERED):
        assert owned.wants_pause
        pipeline.places[offset].taken.set()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    pipeline.places[max(pipeline.places)].taken.set()
    await run_until_quiet()
    assert not owned.wants_pause
    await owned.close()


@given(st.permutations(range(8)), st.lists(st.integers(1, 3), min_size=8, max_size=8))
def test_the_safe_offset_never_passes_what_has_not_left(order: list[int], gaps: list[int]) -> None:
    offsets = [sum(gaps[: n + 1]) for n in range(8)]
    progress = Progress(0)
    for offset in offsets:
        progress.read(offset)
    left: set[int] = set()
    for index in order:
        progress.left(offsets[index])
        left.add(offsets[index])
        waiting = [offset for offset in offsets if offset not in left]
        assert progress.safe_offset <= (waiting[0] if waiting else offsets[-1] + 1)
    assert progress.safe_offset == offsets[-1] + 1
