"""`rum_action` behind a log: whoever owns a partition, and whenever, decides the same (SPEC section 17)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from otelrum.collector.partition import Follower, Past, PastKind, Place
from otelrum.otlp.batch import Batch, Client, Signal
from otelrum.testing import run_until_quiet
from tests.processors.rum_action.in_process import Received, Run
from tests.processors.rum_action.pages_of_both import pages_of_both, requests
from tests.processors.rum_action.pages_of_spans import PageItem, request

SECOND_NS = 10**9
START_NS = 1_760_000_000 * SECOND_NS
HOUR_NS = 3600 * SECOND_NS
END_NS = 200 * SECOND_NS
"""Long after everything is decided."""

Sent = tuple[int, Signal, bytes]
"""When the log took it, in ns after the start."""


class Log:
    """A topic with one partition, and its state topic."""

    def __init__(self, records: Sequence[Sent]) -> None:
        self.records = records
        self.state: dict[bytes, tuple[int, int, Batch]] = {}


class Owner:
    """One life of a partition: a processor that reads the log from an offset."""

    number, count = 0, 1

    def __init__(self, log: Log, start: int) -> None:
        self._log = log
        self._start = start
        self._follower: Follower | None = None
        self._run = Run()
        self.ticks = 0
        self.left: set[int] = set()
        """Offsets of records all of which has left."""

    def follow(self, follower: Follower) -> None:
        self._follower = follower

    async def past(self, horizon_ns: int) -> AsyncIterator[Past]:
        first_ns = self._log.records[self._start][0] - horizon_ns if self._start < len(self._log.records) else 0
        before = [one for one in enumerate(self._log.records) if one[0] < self._start and one[1][0] >= first_ns]
        replayed = before[0][0] if before else self._start
        for time_ns, offset, batch in self._log.state.values():
            if offset < replayed:
                yield Past(PastKind.STATE, time_ns, batch)
        for _, (time_ns, kind, data) in before:
            yield Past(PastKind.REPLAY, START_NS + time_ns, Batch(kind, data))

    def remember(self, arrival: Place, key: bytes, batch: Batch) -> None:
        self._log.state[key] = arrival.time_ns, arrival.offset, batch

    def drop(self, key: bytes) -> None:
        del self._log.state[key]

    def tick(self) -> None:
        self.ticks += 1

    async def read(self, until: int, end_ns: int | None = None) -> None:
        """Everything up to this offset, and then let time go on."""
        await self._run.processor.start(self._run.host)
        tasks = []
        for offset in range(self._start, until):
            time_ns, kind, data = self._log.records[offset]
            place = Place(self, "topic", offset, START_NS + time_ns)
            batch = Batch(kind, data, Client(), arrival=place)
            tasks.append(asyncio.create_task(self._consume(offset, batch)))
            await place.taken.wait()
        if end_ns is not None and self._follower is not None:
            await self._follower.advance(START_NS + end_ns)
        await run_until_quiet()
        for task in tasks:
            if not task.done():
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._follower is not None:
            self._follower.lost()
        await self._run.end()

    async def _consume(self, offset: int, batch: Batch) -> None:
        await self._run.doors[batch.signal].consume(batch)
        self.left.add(offset)

    @property
    def received(self) -> list[Received]:
        return self._run.received

    def metric(self, name: str, **labels: str) -> float:
        return self._run.metric(name, **labels)

    @property
    def safe_offset(self) -> int:
        """What it would have committed."""
        offset = self._start
        while offset in self.left:
            offset += 1
        return offset


def owned(records: Sequence[Sent], changes: Sequence[int] = ()) -> list[list[Received]]:
    """What each owner sends: one after another reads up to these offsets, the last one to the end."""

    async def run() -> list[list[Received]]:
        log, start, out = Log(records), 0, []
        for until in changes:
            owner = Owner(log, start)
            await owner.read(max(start, until))
            out.append(owner.received)
            start = owner.safe_offset
        last = Owner(log, start)
        await last.read(len(records), END_NS + (records[-1][0] if records else 0))
        return [*out, last.received]

    return asyncio.run(run())


def keyed(received: Sequence[Received]) -> list[tuple[str, dict[str, object]]]:
    """Each item by what names it."""
    return sorted(
        ((getattr(one.item, "severity_text", "") or one.span_id, one.attributes) for one in received),
        key=lambda one: (one[0], repr(one[1])),
    )


@st.composite
def logs(draw: st.DrawFn) -> list[Sent]:
    """The requests of some pages as a log took them."""
    out: list[Sent] = []
    at_ns = 0
    for items in draw(st.lists(pages_of_both(), min_size=1, max_size=5)):
        for _, kind, data in requests(items):
            at_ns += draw(st.integers(0, 20 * SECOND_NS))
            out.append((at_ns, kind, data))
    return out


@settings(max_examples=60)
@given(logs(), st.lists(st.integers(0, 10), max_size=3))
def test_every_owner_sends_the_same_of_each_item_and_together_they_send_all(
    records: list[Sent], changes: list[int]
) -> None:
    alone = keyed(owned(records)[0])
    ends = sorted(min(change, len(records)) for change in changes)
    fleet = [one for received in owned(records, ends) for one in keyed(received)]
    for item in fleet:
        assert item in alone, "a copy differs"
    for item in alone:
        assert item in fleet, "an item is missing"


def test_what_is_held_leaves_with_its_partition_and_not_early() -> None:
    click = request([PageItem("click", 0, 10, id=1)])
    first, second = owned([(0, Signal.TRACES, click)], changes=[1])
    assert first == []
    assert [one.attributes["action.type"] for one in second] == ["click"]


async def _one_after_the_other(records: Sequence[Sent]) -> list[Received]:
    """What the second owner sends, when the first one has had time for all but the last record."""
    log = Log(records)
    first = Owner(log, 0)
    await first.read(len(records) - 1, records[-1][0] - 1)
    assert first.safe_offset == len(records) - 1
    second = Owner(log, first.safe_offset)
    await second.read(len(records), records[-1][0] + END_NS)
    return second.received


def test_state_of_a_session_reaches_an_owner_that_reads_nothing_of_it_again() -> None:
    document = request([PageItem("mutation", 0, 100, id=1)])
    click = request([PageItem("click", 3_600_000, 10, id=2)])
    records = [(0, Signal.TRACES, document), (HOUR_NS, Signal.TRACES, click)]
    (alone,) = owned(records)
    assert keyed(alone)[-1] == keyed(asyncio.run(_one_after_the_other(records)))[-1]
    assert keyed(alone)[-1][1]["action.frustration.type"] == ["dead_click"], "the page's mutations are known of"


def test_no_number_falls_when_a_partition_goes_and_what_was_decided_before_is_not_counted_again() -> None:
    records = [(n * END_NS, Signal.TRACES, request([PageItem("click", n * 200_000, 10, id=n)])) for n in (1, 2)]

    async def run() -> list[float]:
        first = Owner(Log(records), 0)
        await first.read(1, END_NS + 40 * SECOND_NS)
        second = Owner(Log(records), 1)
        await second.read(2, 2 * END_NS + 40 * SECOND_NS)
        return [owner.metric("otelrum_action_decided", type="click", reason="waited") for owner in (first, second)]

    assert asyncio.run(run()) == [1, 1]


def test_time_is_asked_for_where_something_is_due_and_nobody_sends() -> None:
    async def run() -> int:
        owner = Owner(Log([(0, Signal.TRACES, request([PageItem("click", 0, 10, id=1)]))]), 0)
        await owner._run.processor.start(owner._run.host)
        place = Place(owner, "topic", 0, 0)  # long ago
        data = owner._log.records[0][2]
        task = asyncio.create_task(owner._run.doors[Signal.TRACES].consume(Batch(Signal.TRACES, data, arrival=place)))
        await place.taken.wait()
        await owner._run.clock.advance(60)
        task.cancel()
        await owner._run.end()
        return owner.ticks

    assert asyncio.run(run()) > 0
