"""What holds for every page, however its user clicks (SPEC sections 4 to 6 and 11)."""

from __future__ import annotations

import asyncio
import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from otelrum.otlp.lazy import Signal
from tests.processors.rum_action.in_process import Received, Run, items_of
from tests.processors.rum_action.pages_of_spans import MS, Told, pages, request

MAX_DURATION_NS = 10 * 10**9

SOME = settings(max_examples=120, deadline=None)


def through(*requests: bytes, **config: object) -> list[Received]:
    """What comes out of a processor that gets these requests at once and is drained."""

    async def run() -> list[Received]:
        running = Run(config)
        assert await running.take([(0.0, Signal.TRACES, data) for data in requests]) == []
        return await running.end()

    return asyncio.run(run())


def by_id(items: list[Received]) -> dict[str, dict[str, Any]]:
    return {one.span_id: one.attributes for one in items}


def ends(items: list[Received]) -> dict[str, int]:
    """The loading time of each action, 0 where there was no activity."""
    heads = [one for one in items if "action.type" in one.attributes]
    return {one.span_id: int(one.attributes.get("action.loading_time", 0)) for one in heads}  # type: ignore[call-overload]


@SOME
@given(pages())
def test_every_span_comes_out_once_with_its_bytes(told: list[Told]) -> None:
    data = request(told)
    sent = {one.span_id: one for one in items_of(Signal.TRACES, data)}
    got = through(data)
    assert sorted(one.span_id for one in got) == sorted(sent)
    for one in got:
        one.added_to(sent[one.span_id])


@SOME
@given(pages(), st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(told: list[Told], rnd: random.Random) -> None:
    shuffled = told.copy()
    rnd.shuffle(shuffled)
    assert by_id(through(request(told))) == by_id(through(*(request([one]) for one in shuffled)))


@SOME
@given(pages(), st.integers(-(10**9), 10**9))
def test_another_clock_gives_the_same_actions(told: list[Told], by_ms: int) -> None:
    assert by_id(through(request(told))) == by_id(through(request([one.moved(by_ms) for one in told])))


@SOME
@given(pages(), st.sampled_from(["request", "mutation"]), st.integers(0, 3000), st.integers(0, 500))
def test_more_activity_of_the_same_view_ends_no_action_earlier(
    told: list[Told], kind: str, start_ms: int, length_ms: int
) -> None:
    # A view that this span opens would rightly end actions of the other one.
    views = {one.view for one in told if one.session == "s1" and one.kind != "task"}
    more = Told(kind, start_ms, length_ms, view="v1", id=len(told))
    if "v2" in views:
        return
    before, after = ends(through(request(told))), ends(through(request([*told, more])))
    assert all(after[head] >= before[head] for head in before)


@SOME
@given(pages())
def test_no_click_lasts_longer_than_it_may(told: list[Told]) -> None:
    single = [one for one in told if one.kind != "click" or one.id == min(o.id for o in told if o.kind == "click")]
    assert all(loading_ns <= MAX_DURATION_NS for loading_ns in ends(through(request(single))).values())


@SOME
@given(pages("click request error task mutation"), st.integers(1, 3))
def test_counts_are_those_of_the_members_and_copies_count_once(told: list[Told], copies: int) -> None:
    got = through(*[request(told)] * copies)
    assert len(got) == copies * len(told)
    once = by_id(got)
    assert all(once[one.span_id] == one.attributes for one in got), "copies differ"
    starts = {(one.id + 1).to_bytes(8).hex(): one for one in told}
    for head, action in once.items():
        if "action.type" not in action:
            continue
        of_it = [starts[id] for id, one in once.items() if action["action.id"] in _ids(one) and id != head]
        end_ms = starts[head].start_ms + int(action.get("action.loading_time", 0)) / MS
        ended = [o for o in of_it if o.kind == "request" and o.start_ms + o.length_ms <= end_ms]
        if "rage_click" not in action.get("action.frustration.type", []):  # its end is not its loading time
            assert action["action.resource.count"] == len(ended)
        assert action["action.error.count"] == sum(o.kind == "error" for o in of_it)
        assert action["action.long_task.count"] == sum(o.kind == "task" for o in of_it)


def _ids(one: dict[str, Any]) -> list[str]:
    return one.get("action.ids") or [one.get("action.id", "")]


@SOME
@given(pages())
def test_a_second_otelrum_changes_nothing(told: list[Told]) -> None:
    async def twice() -> tuple[list[Received], list[Received]]:
        first = Run()
        await first.take([(0.0, Signal.TRACES, request(told))])
        once = await first.end()
        second = Run()
        batches = [(0.0, Signal.TRACES, batch.data) for batch in first.out[Signal.TRACES].batches]
        await second.take(batches)
        return once, await second.end()

    once, again = asyncio.run(twice())
    heads = {one.span_id for one in once if "action.id" in one.attributes}
    assert {one.span_id: one.attributes for one in once if one.span_id in heads} == {
        one.span_id: one.attributes for one in again if one.span_id in heads
    }
    assert by_id(once) == by_id(again)


@SOME
@given(pages())
def test_the_same_input_replayed_slowly_gives_the_same(told: list[Told]) -> None:
    async def slowly() -> list[Received]:
        run = Run()
        parts = [(500.0 * n, Signal.TRACES, request([one])) for n, one in enumerate(told)]
        assert await run.take(parts) == []
        return await run.end()

    assert by_id(asyncio.run(slowly())) == by_id(through(*(request([one]) for one in told)))


