"""What holds for every page, however its user clicks (SPEC sections 4 to 6 and 11)."""

from __future__ import annotations

import asyncio
import random
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from otelrum.otlp.batch import Signal
from tests.processors.rum_action.in_process import Received, Run, items_of
from tests.processors.rum_action.pages_of_spans import BASE_NS, MS, PageItem, pages, request

MAX_DURATION_NS = 10 * 10**9

ways = st.sampled_from(
    [{}, {}, {"overlap": "discard"}, {"attribution": "trace"}, {"privacy": "mask", "network_errors": True}]
)
"""Settings that change which span is of which action."""


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


@given(pages())
def test_every_span_comes_out_once_with_its_bytes(page_items: list[PageItem]) -> None:
    data = request(page_items)
    sent = {one.span_id: one for one in items_of(Signal.TRACES, data)}
    got = through(data)
    assert sorted(one.span_id for one in got) == sorted(sent)
    for one in got:
        one.added_to(sent[one.span_id])


@given(pages(), st.randoms(use_true_random=False), ways)
def test_the_order_of_arrival_does_not_matter(
    page_items: list[PageItem], rnd: random.Random, way: dict[str, object]
) -> None:
    shuffled = page_items.copy()
    rnd.shuffle(shuffled)
    separately = through(*(request([one]) for one in shuffled), **way)
    assert by_id(through(request(page_items), **way)) == by_id(separately)


@given(pages(), st.integers(-(10**9), 10**9), ways)
def test_another_clock_gives_the_same_actions(page_items: list[PageItem], by_ms: int, way: dict[str, object]) -> None:
    moved = through(request([one.moved(by_ms) for one in page_items]), **way)
    assert by_id(through(request(page_items), **way)) == by_id(moved)


@given(pages(), st.sampled_from(["request", "mutation"]), st.integers(0, 3000), st.integers(0, 500))
def test_more_activity_of_the_same_view_ends_no_action_earlier(
    page_items: list[PageItem], kind: str, start_ms: int, length_ms: int
) -> None:
    # A view that this span opens, or opens earlier, would rightly end actions of the other one.
    assume(all(one.view == "v1" for one in page_items if one.session == "s1" and one.kind != "task"))
    more = PageItem(kind, start_ms, length_ms, view="v1", id=len(page_items))
    before, after = ends(through(request(page_items))), ends(through(request([*page_items, more])))
    assert all(after[head] >= before[head] for head in before)


@given(pages(), st.integers(0, 20_000))
def test_no_action_is_longer_than_its_clicks_may_be(page_items: list[PageItem], length_ms: int) -> None:
    busy = PageItem("request", 0, length_ms, id=len(page_items))
    got = by_id(through(request([*page_items, busy])))
    starts = {(one.id + 1).to_bytes(8).hex(): one.start_ms for one in page_items}
    for head, action in got.items():
        if "action.loading_time" in action and "event_type" in action:
            clicks = [starts[id] for id, one in got.items() if "event_type" in one and action["action.id"] in _ids(one)]
            assert starts[head] * MS + action["action.loading_time"] <= max(clicks) * MS + MAX_DURATION_NS


@given(pages("click request error task mutation"), st.integers(1, 3))
def test_counts_are_those_of_the_members_and_copies_count_once(page_items: list[PageItem], copies: int) -> None:
    got = through(*[request(page_items)] * copies)
    assert len(got) == copies * len(page_items)
    once = by_id(got)
    assert all(once[one.span_id] == one.attributes for one in got), "copies differ"
    starts = {(one.id + 1).to_bytes(8).hex(): one for one in page_items}
    for head, action in once.items():
        if "action.type" not in action:
            continue
        of_it = [starts[id] for id, one in once.items() if action["action.id"] in _ids(one) and id != head]
        # An action without activity ends at its start; so does each such click of a rage.
        ends_ms = [starts[head].start_ms + int(action.get("action.loading_time", 0)) / MS]
        if "rage_click" in action.get("action.frustration.type", []):
            ends_ms += [one.start_ms for one in of_it if one.kind == "click" and one.target == starts[head].target]
        ended = [o for o in of_it if o.kind == "request" and o.start_ms + o.length_ms <= max(ends_ms)]
        assert action["action.resource.count"] == len(ended)
        assert action["action.error.count"] == sum(o.kind == "error" for o in of_it)
        assert action["action.long_task.count"] == sum(o.kind == "task" for o in of_it)


@given(st.lists(st.integers(-3, 3).map(lambda n: n * 50), min_size=1, max_size=6), st.integers(1, 3))
def test_each_exception_event_counts_once(at_ms: list[int], copies: int) -> None:
    span = PageItem("work", 0, 500, id=1)
    page_items = request([PageItem("click", 0), span])
    sent = ExportTraceServiceRequest.FromString(page_items)
    for ms in at_ms:
        sent.resource_spans[0].scope_spans[1].spans[0].events.add(name="exception", time_unix_nano=BASE_NS + ms * MS)
    got = by_id(through(*[sent.SerializeToString()] * copies))
    (action,) = (one for one in got.values() if "action.type" in one)
    assert action["action.error.count"] == sum(-1 <= ms <= 100 for ms in at_ms)


def _ids(one: dict[str, Any]) -> list[str]:
    return one.get("action.ids") or [one.get("action.id", "")]


@given(pages())
def test_a_second_otelrum_changes_nothing(page_items: list[PageItem]) -> None:
    async def twice() -> tuple[list[Received], list[Received]]:
        first = Run()
        await first.take([(0.0, Signal.TRACES, request(page_items))])
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


@given(pages())
def test_the_same_input_replayed_slowly_gives_the_same(page_items: list[PageItem]) -> None:
    async def slowly() -> list[Received]:
        run = Run()
        parts = [(500.0 * n, Signal.TRACES, request([one])) for n, one in enumerate(page_items)]
        assert await run.take(parts) == []
        return await run.end()

    assert by_id(asyncio.run(slowly())) == by_id(through(*(request([one]) for one in page_items)))
