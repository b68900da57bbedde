"""What goes through at once, what waits, and what happens when nothing can go on (SPEC sections 2, 6 and 11)."""

from __future__ import annotations

import asyncio
import logging

import pytest

from otelrum.collector.errors import PermanentError, RetryableError
from otelrum.otlp.batch import Batch, Client, Signal
from otelrum.otlp.requests import CHUNK_BYTES
from otelrum.processors.rum_action.hints import MAX_USER_AGENT
from otelrum.testing import FailingConsumer, run_until_quiet
from tests.processors.rum_action.in_process import MINUTE_NS, Run, items_of
from tests.processors.rum_action.pages_of_both import logs_request
from tests.processors.rum_action.pages_of_spans import PageItem, request

pytestmark = pytest.mark.anyio

CLICK, REQUEST = PageItem("click", 0, id=0), PageItem("request", 5, 50, id=1)
PAGE = request([CLICK, REQUEST])


async def started(**settings: object) -> Run:
    run = Run(**settings)  # type: ignore[arg-type]
    await run.take([])
    return run


async def give(run: Run, data: bytes, signal: Signal = Signal.TRACES) -> None:
    await run.doors[signal].consume(Batch(signal, data))


# ------------------------------------------------------------------ in and out
async def test_what_is_no_browser_s_goes_on_at_once_as_it_came() -> None:
    run = await started()
    batch = Batch(Signal.TRACES, request([PageItem("work", 0)]).replace(b"webjs", b"go---"))
    await run.doors[Signal.TRACES].consume(batch)
    assert run.out[Signal.TRACES].batches == [batch]


async def test_metrics_go_on_at_once() -> None:
    run = await started()
    batch = Batch(Signal.METRICS, PAGE)
    await run.doors[Signal.TRACES].consume(batch)
    assert run.out[Signal.TRACES].batches == [batch]


async def test_browser_spans_that_start_nothing_go_on_at_once_and_the_rest_waits() -> None:
    run = await started()
    await give(run, request([PageItem("work", 0, id=5), CLICK]))
    assert [one.item.name for one in run.received] == ["work"]  # type: ignore[union-attr]
    await run.clock.advance(15.9)
    assert len(run.received) == 1
    await run.clock.advance(0.5)
    assert len(run.received) == 2
    await run.end()


async def test_each_signal_goes_back_to_the_pipeline_that_it_came_by() -> None:
    run = await started()
    await give(run, request([CLICK]))
    await give(run, logs_request([PageItem("error_record", 5, id=1)], 0), Signal.LOGS)
    await run.end()
    (span,) = (one for b in run.out[Signal.TRACES].batches for one in items_of(Signal.TRACES, b.data))
    (record,) = (one for b in run.out[Signal.LOGS].batches for one in items_of(Signal.LOGS, b.data))
    assert span.attributes["action.error.count"] == 1, "they share their pages"
    assert span.attributes["action.id"] == record.attributes["action.id"]


async def test_a_broken_request_of_a_browser_is_refused_whole() -> None:
    run = await started()
    with pytest.raises(PermanentError) as refused:
        await give(run, PAGE[:-3])
    assert refused.value.invalid
    assert run.metric("otelrum_action_held_items") == 0
    assert await run.end() == []


async def test_what_is_held_is_shown(caplog: pytest.LogCaptureFixture) -> None:
    run = await started()
    await give(run, PAGE)
    await run.clock.advance(3)
    assert run.metric("otelrum_action_held_items") == 2
    assert run.metric("otelrum_action_oldest_hold_seconds") == 3
    assert run.metric("otelrum_action_pages") == 1
    assert run.metric("otelrum_action_held_bytes") > len(PAGE)
    await run.clock.advance(60)
    assert run.metric("otelrum_action_held_items") == 0
    assert run.metric("otelrum_action_decided", type="click", reason="waited") == 1
    await run.end()


async def test_what_is_held_at_the_end_is_decided_and_goes_on() -> None:
    run = await started()
    await give(run, PAGE)
    assert len(await run.end()) == 2
    assert run.metric("otelrum_action_decided", type="click", reason="shutdown") == 1


@pytest.mark.parametrize(("wait", "is_reported"), [("15299ms", True), ("15300ms", False)])
async def test_a_wait_that_is_too_short_is_reported_at_start(
    wait: str, is_reported: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    run = await started(settings={"decision_wait": wait})
    assert ("decision_wait" in caplog.text) is is_reported
    await run.end()


async def test_how_often_each_rule_fits_is_shown() -> None:
    """A rule that fits no click any more is distinguished from one that works."""
    names = [{"selector": "nowhere", "drop": True}, {"name": "^Click", "set": "Renamed"}]
    ignored = [{"name": "^Renamed$", "types": ["dead-click"]}]
    run = await started(settings={"names": names, "ignore_frustration": ignored})
    await give(run, request([CLICK]))
    (click,) = await run.end()
    assert click.attributes["action.name"] == "Renamed"
    shown = [run.metric("otelrum_action_rule_matches", list="names", rule=rule) for rule in ("0", "1")]
    assert [*shown, run.metric("otelrum_action_rule_matches", list="ignore_frustration", rule="0")] == [0, 1, 1]


# ------------------------------------------------------------------ holding around actions alone
async def holding_around_actions() -> Run:
    return await started(settings={"hold": "around_actions"})


async def test_what_no_action_can_have_goes_on_at_the_next_tick() -> None:
    run = await holding_around_actions()
    await give(run, request([REQUEST]))
    await run.clock.advance(0.3)
    assert len(run.received) == 1
    await give(run, request([CLICK]))
    (_, click) = await run.end()
    assert click.attributes["action.resource.count"] == 1, "what was let go still counts"


async def test_what_comes_while_its_page_or_its_request_has_an_undecided_action_is_held() -> None:
    run = await holding_around_actions()
    elsewhere = PageItem("request", 5, 50, session="s9", id=2)
    await give(run, request([elsewhere, CLICK]))
    await give(run, request([REQUEST]))
    await run.clock.advance(15)
    assert run.received == []
    ids = [one.attributes.get("action.id") for one in await run.end()]
    assert ids.count(None) == 1 and len(set(ids)) == 2, "the one of another session is held too, and of no action"


# ------------------------------------------------------------------ when nothing can go on
async def test_what_the_next_stage_refuses_for_now_stays_held_until_it_is_taken() -> None:
    later = FailingConsumer(RetryableError("later"))
    run = await started(traces=later)
    await give(run, PAGE)
    await run.clock.advance(40)
    assert run.metric("otelrum_action_held_items") == 2 and run.metric("otelrum_action_held_bytes") >= len(PAGE)
    later.error = None
    await run.clock.advance(6)
    assert run.metric("otelrum_action_held_items") == 0
    assert sum(batch.items for batch in later.batches) == 2
    await run.end()


async def test_what_the_next_stage_refuses_for_good_is_dropped_and_counted() -> None:
    run = await started(traces=FailingConsumer(PermanentError("never")))
    await give(run, PAGE)
    await run.clock.advance(20)
    assert run.metric("otelrum_dropped_items", reason="refused") == 2
    await run.end()


async def test_a_defect_of_the_next_stage_stops_nothing() -> None:
    broken = FailingConsumer(ZeroDivisionError())
    run = await started(traces=broken)
    await give(run, PAGE)
    await run.clock.advance(20)
    assert run.metric("otelrum_dropped_items", reason="failed") == 2
    broken.error = None
    await give(run, request([PageItem("click", 90_000, id=7)]))
    await run.clock.advance(20)
    assert sum(batch.items for batch in broken.batches) == 1
    await run.end()


async def test_what_cannot_go_on_by_the_deadline_is_dropped_and_counted() -> None:
    run = await started(traces=FailingConsumer(RetryableError("later")))
    await give(run, PAGE)
    await run.processor.shutdown(run.clock.now_ns())
    assert run.metric("otelrum_dropped_items", reason="shutdown") == 2


def large(number: int) -> bytes:
    """A click of a session of its own that weighs half a MiB."""
    one = PageItem("click", 0, target="x" * (1 << 19), session=f"s{number}", id=number)
    return request([one])


async def test_at_the_limit_the_oldest_page_goes_first() -> None:
    run = await started(settings={"max_held_mib": 1})
    for number in range(5):
        await give(run, large(number))
        await run_until_quiet()
        assert run.metric("otelrum_action_held_bytes") <= 1 << 20
    assert [one.attributes["session.id"] for one in run.received] == ["s0", "s1", "s2", "s3"]
    assert run.metric("otelrum_action_decided", type="click", reason="max_held_mib") == 4
    await run.end()


async def test_at_the_limit_new_requests_are_refused_while_nothing_can_go_on() -> None:
    later = FailingConsumer(RetryableError("later"))
    run = await started(settings={"max_held_mib": 1}, traces=later)
    await give(run, large(0))
    with pytest.raises(RetryableError) as refused:
        await give(run, large(1) + request([PageItem("work", 0, id=9, session="s1")]))
    assert refused.value.delay_s > 0
    assert run.metric("otelrum_action_refused") == 2
    assert run.metric("otelrum_action_held_items") == 1, "nothing of it is kept, the first one is"
    later.error = None
    await run.clock.advance(6)
    await give(run, large(1))
    await run.processor.shutdown(run.clock.now_ns() + MINUTE_NS)
    got = [one.attributes["session.id"] for b in later.batches for one in items_of(Signal.TRACES, b.data)]
    assert got == ["s0", "s1"]


async def test_what_is_no_browser_s_goes_on_even_then() -> None:
    later = FailingConsumer(RetryableError("later"))
    run = await started(settings={"max_held_mib": 1}, traces=later)
    await give(run, large(0))
    await run.clock.advance(20)
    with pytest.raises(RetryableError, match="later"):
        await give(run, request([PageItem("work", 0)]).replace(b"webjs", b"go---"))
    later.error = None
    await give(run, request([PageItem("work", 0)]).replace(b"webjs", b"go---"))
    await run.clock.advance(6)
    assert [batch.items for batch in later.batches] == [1, 1]
    await run.processor.shutdown(run.clock.now_ns() + MINUTE_NS)


# ------------------------------------------------------------------ hostile sizes
def large_page() -> bytes:
    """A click, and work of more than a piece."""
    work = [PageItem("work", n, id=10 + n) for n in range(12_000)]
    data = request([CLICK, *work])
    assert len(data) > CHUNK_BYTES
    return data


async def test_while_a_large_request_is_read_others_are_served() -> None:
    run = await started()
    small = request([PageItem("work", 0, id=5)])
    giving = asyncio.ensure_future(give(run, large_page()))
    await asyncio.sleep(0)
    assert not giving.done()
    await give(run, small)
    assert len(run.received) == 1 and not giving.done()
    await giving
    assert len(run.received) == 1 + 12_000
    assert len(await run.end()) == 1 + 12_000 + 1


async def test_a_large_request_that_is_broken_is_refused_whole() -> None:
    run = await started()
    with pytest.raises(PermanentError) as refused:
        await give(run, large_page() + page_with_broken_text())
    assert refused.value.invalid
    assert await run.end() == []


def page_with_broken_text() -> bytes:
    return PAGE.replace(b"click", b"\xff\xff\xff\xff\xff")


async def test_what_can_never_fit_is_refused_for_good() -> None:
    """Refused for now it would come again for ever."""
    run = await started(settings={"max_held_mib": 1})
    spans = [PageItem("request", n, 5, id=n) for n in range(10_000)]
    with pytest.raises(PermanentError):
        await give(run, request(spans))
    assert await run.end() == []


@pytest.mark.parametrize(("length", "known"), [(MAX_USER_AGENT, True), (MAX_USER_AGENT + 1, False)])
async def test_a_user_agent_longer_than_any_browser_s_is_not_kept(length: int, known: bool) -> None:
    run = await started()
    client = Client("198.51.100.1", {"user-agent": "Mozilla/".ljust(length, "5")})
    await run.doors[Signal.TRACES].consume(Batch(Signal.TRACES, request([CLICK]), client))
    (click,) = await run.end()
    assert ("user_agent.original" in click.attributes) is known


async def test_what_a_user_activity_says_of_itself_is_no_attribute_of_the_user() -> None:
    """`user.*` is inherited from the view, and a scroll may be the first that is heard of one."""
    run = await started()
    await give(run, request([CLICK, PageItem("activity", 0, id=3)]))
    click = next(one for one in await run.end() if "action.type" in one.attributes)
    assert "user.activity.type" not in click.attributes
