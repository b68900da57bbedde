"""What holds for every page that reports through spans and log records (SPEC section 12)."""

from __future__ import annotations

import asyncio
import random
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

from tests.processors.rum_action.in_process import Received, Run, items_of
from tests.processors.rum_action.pages_of_both import Sent, pages_of_both, requests
from tests.processors.rum_action.pages_of_spans import MS, PageItem


def through(sent: list[Sent]) -> list[Received]:
    """What comes out of a processor that gets these and is drained."""

    async def run() -> list[Received]:
        running = Run()
        assert await running.take(sent) == []
        return await running.end()

    return asyncio.run(run())


def number(one: Received) -> int:
    """A span's number is in its id, a record's in its severity."""
    return int(one.item.severity_text) if isinstance(one.item, LogRecord) else int(one.span_id, 16) - 1


def by_number(items: list[Received]) -> dict[int, dict[str, Any]]:
    return {number(one): one.attributes for one in items}


def ids_of(attributes: dict[str, Any]) -> list[str]:
    return attributes.get("action.ids") or [attributes.get("action.id", "")]


@given(pages_of_both())
def test_every_item_comes_out_once_with_its_bytes(page_items: list[PageItem]) -> None:
    sent = {number(one): one for _, signal, data in requests(page_items) for one in items_of(signal, data)}
    got = through(requests(page_items))
    assert sorted(map(number, got)) == sorted(sent)
    for one in got:
        one.added_to(sent[number(one)])


@given(pages_of_both(), st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(page_items: list[PageItem], rnd: random.Random) -> None:
    alone = [sent for one in page_items for sent in requests([one])]
    rnd.shuffle(alone)
    assert by_number(through(requests(page_items))) == by_number(through(alone))


@given(pages_of_both(), st.integers(-(10**9), 10**9))
def test_another_clock_gives_the_same_figures(page_items: list[PageItem], by_ms: int) -> None:
    def figures(items: list[Received]) -> dict[int, dict[str, Any]]:
        # The id of a record's action is made of its time.
        own = [{k: v for k, v in one.attributes.items() if k not in ("action.id", "action.ids")} for one in items]
        counts = [len(ids_of(one.attributes)) for one in items]
        return {number(one): a | {"actions": n} for one, a, n in zip(items, own, counts, strict=True)}

    times = [one.start_ms for one in page_items if one.kind == "click_record"]
    assume(len(set(times)) == len(times))  # which of two at one time is the head, their digests decide
    assert figures(through(requests(page_items))) == figures(through(requests(page_items, by_ms)))


@given(pages_of_both(), st.integers(2, 3))
def test_copies_get_what_the_first_gets_and_count_once(page_items: list[PageItem], copies: int) -> None:
    once, got = by_number(through(requests(page_items))), through(requests(page_items) * copies)
    assert len(got) == copies * len(page_items)
    assert all(once[number(one)] == one.attributes for one in got)


@given(pages_of_both(module=""))
def test_counts_are_those_of_the_members_and_what_is_seen_twice_counts_once(page_items: list[PageItem]) -> None:
    got = by_number(through(requests(page_items)))
    for action in got.values():
        if "action.type" not in action:
            continue
        of_it = [page_items[n] for n, one in got.items() if action["action.id"] in ids_of(one)]
        kinds = [one.kind for one in of_it]
        spans = kinds.count("error")
        # Records of one time with one message are copies.
        records = len({(one.start_ms, one.target) for one in of_it if one.kind == "error_record"})
        assert max(spans, records) <= action["action.error.count"] <= spans + records
        assert action["action.resource.count"] <= kinds.count("request") + kinds.count("resource_record")
        assert action["action.long_task.count"] == kinds.count("task")


@given(pages_of_both())
def test_a_second_otelrum_changes_no_action(page_items: list[PageItem]) -> None:
    async def twice() -> tuple[list[Received], list[Received]]:
        first, second = Run(), Run()
        await first.take(requests(page_items))
        once = await first.end()
        await second.take([(0.0, s, b.data) for s, out in first.out.items() for b in out.batches])
        return once, await second.end()

    once, again = asyncio.run(twice())
    assert by_number(once) == by_number(again)


@given(pages_of_both())
def test_one_signal_may_come_long_before_the_other(page_items: list[PageItem]) -> None:
    def separately(order: list[Sent]) -> list[Sent]:
        return [(5_000.0 * n, signal, data) for n, (_, signal, data) in enumerate(order)]

    together = by_number(through(requests(page_items)))
    assert by_number(through(separately(requests(page_items)))) == together
    assert by_number(through(separately(requests(page_items)[::-1]))) == together


@given(st.integers(-70, 30), st.integers(100, 3_000), st.integers(0, 500))
def test_a_request_reported_by_span_and_record_is_one(distance_ms: int, start_ms: int, length_ms: int) -> None:
    click = PageItem("click", start_ms, id=0)
    span = PageItem("request", start_ms + 1, length_ms, id=1)
    # It is written 20 ms after its end, which is all that is known of the page's time origin.
    record = PageItem("resource_record", start_ms + 1 + distance_ms, length_ms, id=2)
    got = by_number(through(requests([click, span, record])))
    assert got[0]["action.resource.count"] == 1
    assert got[0]["action.loading_time"] == (1 + length_ms) * MS, "the span's times count"
    assert got[0]["action.id"] == got[1]["action.id"] == got[2]["action.id"]
