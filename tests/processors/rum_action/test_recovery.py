"""A crash at any moment loses nothing and changes no action (SPEC section 11, docs/reliability.md)."""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otelrum.collector.clock import SystemClock
from otelrum.collector.component import Consumer
from otelrum.collector.errors import OtelrumError, RetryableError
from otelrum.collector.storage import Row
from otelrum.extensions.file_storage.config import FileStorageConfig
from otelrum.extensions.file_storage.extension import FileStorage
from otelrum.otlp.batch import Batch, Signal
from otelrum.processors.rum_action.journal import RowKind
from otelrum.testing import FailingConsumer, RecordingConsumer, build
from tests.processors.rum_action.in_process import Received, Run, items_of
from tests.processors.rum_action.pages_of_both import RECORDS, logs_request, pages_of_both
from tests.processors.rum_action.pages_of_spans import PageItem, request
from tests.processors.rum_action.rows_in_memory import RowsInMemory, StorageInMemory
from tests.small_disk import fill, small_disk

EVERY_MS = 500.0
"""Twelve of these are over before the first decision."""

Sent = tuple[float, Signal, bytes]


def requests(items: list[PageItem]) -> list[Sent]:
    """One request an item, one after the other."""
    out: list[Sent] = []
    for n, one in enumerate(items):
        is_record = one.kind in RECORDS
        data = logs_request([one], 0) if is_record else request([one])
        out.append((EVERY_MS * n, Signal.LOGS if is_record else Signal.TRACES, data))
    return out


async def life(folder: Path, sent: list[Sent], then_wait_s: float, crashed: Path | None) -> list[Received]:
    """A life of the processor over this folder; it ends orderly, or leaves `crashed` as a crash would."""
    storage = FileStorage(FileStorageConfig(directory=str(folder), fsync=False), build("file_storage", SystemClock()))
    await storage.start(Run().host)
    run = Run({"storage": "file_storage"}, {"file_storage": storage})
    assert await run.take(sent) == []
    await run.clock.advance(then_wait_s)
    if crashed is not None:
        shutil.copytree(folder, crashed)
    got = run.received if crashed is not None else await run.end()
    await run.processor.shutdown(run.clock.now_ns())
    await storage.shutdown(0)
    return got


def by_item(items: list[Received]) -> dict[bytes, list[dict[str, Any]]]:
    """The attributes of each item, as often as it came."""
    out: dict[bytes, list[dict[str, Any]]] = {}
    for one in items:
        item = deepcopy(one.item)
        del item.attributes[:]
        out.setdefault(item.SerializeToString(deterministic=True), []).append(one.attributes)
    return out


@settings(max_examples=25)
@given(pages_of_both(), st.integers(0, 12), st.sampled_from([0.0, 0.1, 0.3, 15.0, 16.3, 20.0, 60.0]))
def test_after_a_crash_every_item_comes_out_as_it_would_have(items: list[PageItem], before: int, wait_s: float) -> None:
    sent = requests(items)
    first = sent[:before]
    rest = [(at - EVERY_MS * before, signal, data) for at, signal, data in sent[before:]]
    with tempfile.TemporaryDirectory() as made:
        root = Path(made)
        for name in ("calm", "first"):
            (root / name).mkdir()
        calm = asyncio.run(life(root / "calm", sent, 0, None))
        got = asyncio.run(life(root / "first", first, 0 if rest else wait_s, root / "second"))
        got += asyncio.run(life(root / "second", rest, 0, None))
    expected = by_item(calm)
    for item, copies in by_item(got).items():
        assert all(attributes in expected[item] for attributes in copies)
    assert by_item(got).keys() == expected.keys()


class Lived(NamedTuple):
    """What is known of a life that ended by itself or by a crash."""

    steps: int
    answered: int
    """How many requests were acknowledged."""
    received: list[Received]
    left: Mapping[int, Row]


async def lived(left: Mapping[int, Row], sent: list[Sent], crash_at: int | None = None) -> Lived:
    """A life over these rows, up to this turn of the loop."""
    storage = StorageInMemory(left)
    run = in_memory(storage)
    steps = answered = 0

    async def live() -> None:
        nonlocal answered
        await run.processor.start(run.host)
        now_ms = 0.0
        for at_ms, signal, data in sent:
            await run.clock.advance((at_ms - now_ms) / 1000)
            now_ms = at_ms
            await run.doors[signal].consume(Batch(signal, data))
            answered += 1
        await run.clock.advance(20)
        await run.end()

    living = asyncio.create_task(live())
    while not living.done() and steps != crash_at:
        steps += 1
        await asyncio.sleep(0)
    outcome = Lived(steps, answered, run.received, storage.crashed())
    living.cancel()
    await asyncio.gather(living, return_exceptions=True)
    return outcome


@settings(max_examples=15)
@given(pages_of_both(), st.integers(0, 999))
def test_after_a_crash_at_any_step_all_that_was_acknowledged_comes_out_as_it_would_have(
    items: list[PageItem], share: int
) -> None:
    sent = requests(items)
    calm = asyncio.run(lived({}, sent))
    first = asyncio.run(lived({}, sent, calm.steps * share // 1000))
    before_ms = EVERY_MS * max(0, first.answered - 1)
    rest = [(at - before_ms, signal, data) for at, signal, data in sent[first.answered :]]
    second = asyncio.run(lived(first.left, rest))
    expected, got = by_item(calm.received), by_item(first.received + second.received)
    assert got.keys() == expected.keys()
    for item, copies in got.items():
        assert all(attributes in expected[item] for attributes in copies)


def in_memory(storage: StorageInMemory, traces: Consumer | None = None) -> Run:
    return Run({"storage": "storage"}, {"storage": storage}, traces)


async def after(left: Mapping[int, Row]) -> list[Received]:
    """What comes out of the life after a crash that left these rows."""
    run = in_memory(StorageInMemory(left))
    await run.processor.start(run.host)
    return await run.end()


@pytest.mark.anyio
async def test_what_has_left_before_the_crash_is_not_sent_again() -> None:
    storage = StorageInMemory()
    run = in_memory(storage)
    assert await run.take(requests([PageItem("click", 0, id=0), PageItem("request", 5, 50, id=1)])) == []
    await run.clock.advance(40)
    assert len(run.received) == 2
    await storage.rows.flush()
    assert await after(storage.crashed()) == []


@pytest.mark.anyio
async def test_a_request_that_opened_a_view_is_kept_until_its_session_is_dropped() -> None:
    storage = StorageInMemory()
    run = Run({"storage": "storage", "max_pages": 1}, {"storage": storage})

    def pinned() -> list[int]:
        return [row.id for row in storage.rows.safe.values() if row.kind == RowKind.PINNED]

    await run.take(requests([PageItem("click", 0, session="s0", id=0)]))
    await run.clock.advance(600)
    (first,) = pinned()
    ((_, signal, data),) = requests([PageItem("click", 0, session="s1", id=1)])
    await run.doors[signal].consume(Batch(signal, data))
    await run.clock.advance(600)
    (second,) = pinned()
    assert second != first
    await run.end()


@pytest.mark.anyio
async def test_a_request_of_very_many_items_may_leave_in_parts() -> None:
    storage = StorageInMemory()
    run = in_memory(storage)
    many = [PageItem("mutation", 5, session=f"s{n % 2}", id=10 + n) for n in range(20_000)]
    click = [PageItem("click", 0, session="s1", id=0)]  # keeps one half for a while
    assert await run.take([(0, Signal.TRACES, request(many)), (3000, Signal.TRACES, request(click))]) == []
    await run.clock.advance(14)
    assert len(run.received) == 10_000 and not run.host.failures
    await storage.rows.flush()
    assert len(await after(storage.crashed())) == 10_001
    assert len(await run.end()) == 20_001


async def calls_of(run: Run, data: bytes) -> int:
    """How many functions are called until a request is answered."""
    calls = 0

    def count(frame: object, what: str, argument: object) -> None:
        nonlocal calls
        calls += what in ("call", "c_call")

    await run.processor.start(run.host)
    sys.setprofile(count)
    await run.doors[Signal.TRACES].consume(Batch(Signal.TRACES, data))
    sys.setprofile(None)
    return calls


@pytest.mark.anyio
async def test_a_request_of_very_many_sessions_is_one_row_and_a_call_or_two_a_session_more() -> None:
    data = request([PageItem("click", 5, session=f"s{n}", id=n) for n in range(5_000)])
    storage = StorageInMemory()
    without, journalled = await calls_of(Run(), data), await calls_of(in_memory(storage), data)
    assert journalled < without + 2 * 5_000
    assert len(storage.rows.safe) == 1


@pytest.mark.anyio
async def test_what_came_while_much_was_leaving_comes_between_again_after_a_crash() -> None:
    storage = StorageInMemory()
    run = in_memory(storage)
    door = run.doors[Signal.TRACES]
    many = [PageItem("mutation", n, session="s2", id=10 + n) for n in range(3000)]
    other = [PageItem("request", 50, 20, id=1)]
    assert await run.take([(0, Signal.TRACES, request(many)), (0, Signal.TRACES, request(other))]) == []

    async def click_when_some_has_left() -> None:
        while run.metric("otelrum_action_held_items") > 3000:
            await asyncio.sleep(0)
        await door.consume(Batch(Signal.TRACES, request([PageItem("click", 40, id=0)])))

    await asyncio.gather(click_when_some_has_left(), run.clock.advance(16.5))
    await storage.rows.flush()
    got_after = by_item(await after(storage.crashed()))
    calm = by_item(await run.end())
    of_request = next(one for [one] in calm.values() if "url.full" in one)
    assert "action.id" in of_request, "the click came too late to be of interest"
    assert all(calm[item] == copies for item, copies in got_after.items())
    assert of_request in [one for [one] in got_after.values()]


@pytest.mark.anyio
async def test_nothing_leaves_before_it_is_on_disk_why() -> None:
    storage = StorageInMemory()
    left: list[dict[int, Row]] = []

    class CrashingThen(RecordingConsumer):
        async def consume(self, batch: Batch) -> None:
            left.append(storage.crashed())
            await super().consume(batch)

    first = CrashingThen()
    run = in_memory(storage, first)
    click, late = (request([item]) for item in (PageItem("click", 0, id=0), PageItem("request", 50, 50, id=1)))
    assert await run.take([(0, Signal.TRACES, click)]) == []
    await run.clock.advance(16.5)
    assert [one.attributes["action.resource.count"] for b in first.batches for one in items_of(b.signal, b.data)] == [0]
    second = in_memory(StorageInMemory(left[0]))
    await second.take([(0, Signal.TRACES, late)])
    heads = [one for one in await second.end() if "action.type" in one.attributes]
    assert [one.attributes["action.resource.count"] for one in heads] == [0], "copies differ"


def test_on_a_full_disk_requests_are_refused_and_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    click, more = requests([PageItem("click", 0, id=0), PageItem("request", 5, 50, id=1)])
    with small_disk(tmp_path / "disk", 48) as disk:
        refused, first = asyncio.run(on_a_full_disk(disk, click, more, tmp_path / "crashed"))
        assert [type(error) for error in refused] == [RetryableError]
    second = asyncio.run(life(tmp_path / "crashed", [], 0, None))
    for got in (first, second):  # the one that lived on, and the one that began on what was on the full disk
        assert [one.attributes["action.resource.count"] for one in got if "action.type" in one.attributes] == [1]


async def on_a_full_disk(
    disk: Path, click: Sent, more: Sent, crashed: Path
) -> tuple[list[OtelrumError], list[Received]]:
    """A click is taken, what follows it is refused until there is room again."""
    storage = FileStorage(FileStorageConfig(directory=str(disk)), build("file_storage", SystemClock()))
    run = Run({"storage": "file_storage"}, {"file_storage": storage})
    assert await run.take([click]) == []
    filler = fill(disk)
    refused = []
    _, signal, data = more
    try:
        await run.doors[signal].consume(Batch(signal, data))
    except OtelrumError as error:
        refused.append(error)
    filler.unlink()
    await run.doors[signal].consume(Batch(signal, data))
    shutil.copytree(disk, crashed)
    got = await run.end()
    await storage.shutdown(0)
    return refused, got


# ------------------------------------------------------------------ keep first, then pass
MIXED = request([PageItem("work", 0, id=5), PageItem("click", 0, id=0)])
"""Of it the work passes, and the click is held."""


@pytest.mark.anyio
async def test_a_request_that_the_journal_refuses_has_sent_nothing_on() -> None:
    class FullRows(RowsInMemory):
        async def put(self, kind: int, data: bytes) -> int:
            raise RetryableError("disk full")

    storage = StorageInMemory()
    storage.rows = FullRows()
    run = in_memory(storage)
    refused = await run.take([(0, Signal.TRACES, MIXED)])
    assert [type(error) for error in refused] == [RetryableError]
    assert run.received == [] and run.metric("otelrum_action_held_items") == 0
    assert await run.end() == []


@pytest.mark.anyio
async def test_a_request_of_which_the_next_stage_refuses_the_passing_part_leaves_nothing_behind() -> None:
    storage, later = StorageInMemory(), FailingConsumer(RetryableError("later"))
    run = in_memory(storage, later)
    assert [type(error) for error in await run.take([(0, Signal.TRACES, MIXED)])] == [RetryableError]
    assert run.metric("otelrum_action_held_items") == 0
    assert await after(storage.crashed()) == []
    later.error = None
    await run.doors[Signal.TRACES].consume(Batch(Signal.TRACES, MIXED))
    await run.end()
    assert sum(batch.items for batch in later.batches) == 2


@pytest.mark.anyio
async def test_what_waited_for_the_next_stage_waits_as_long_after_a_crash() -> None:
    """It was observed when its passing part had gone on, 10 s after it came."""
    storage = StorageInMemory()

    class Slow(RecordingConsumer):
        async def consume(self, batch: Batch) -> None:
            await first.clock.sleep(10)

    first = in_memory(storage, Slow())
    await first.processor.start(first.host)
    bringing = asyncio.create_task(first.doors[Signal.TRACES].consume(Batch(Signal.TRACES, MIXED)))
    await first.clock.advance(10.5)
    assert bringing.done()
    await storage.rows.flush()
    second = in_memory(StorageInMemory(storage.crashed()))
    await second.processor.start(second.host)
    await second.clock.advance(15)
    assert second.received == []
    await second.clock.advance(1.2)
    assert len(second.received) == 1
    await second.end()
