"""What is held and remembered, what it weighs, and how it is expired (SPEC sections 3, 6 and 11)."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otelrum.actions.counters import Reason
from otelrum.actions.event_class import EventClass
from otelrum.actions.memory import EVENT_BYTES, MAX_WINDOWS, PAGE_BYTES, SESSION_NS, WINDOW_BYTES
from otelrum.actions.model import Event, SessionKey
from otelrum.actions.settings import SECOND, WINDOW_MEMORY_NS
from tests.actions.made import Driven, click, custom, document, event, mutation, remembering, request, span_id

WAIT_S = 16
A, B = SessionKey("shop", "a"), SessionKey("shop", "b")
TRACE = SessionKey("shop", "", span_id(1)[:16])


# ------------------------------------------------------------------ whose it is
def test_an_event_without_a_session_is_of_its_parent_s() -> None:
    known = remembering((click(0, id=1), A))
    assert known.session_of(request(5, parent=1), TRACE).key == A


def test_an_event_without_a_session_and_a_known_parent_is_of_its_trace_s() -> None:
    known = remembering((click(0, id=1), A))
    assert known.session_of(request(5), TRACE).key == TRACE


def test_two_services_share_no_session_even_by_a_parent() -> None:
    known = remembering((click(0, id=1), A))
    other = SessionKey("checkout", "", TRACE.trace)
    assert known.session_of(request(5, parent=1), other).key == other


def test_a_named_session_counts_more_than_the_parent_s() -> None:
    known = remembering((click(0, id=1), A))
    assert known.session_of(request(5, parent=1), B).key == B


# ------------------------------------------------------------------ copies
@pytest.mark.parametrize(
    ("first", "second", "is_copy"),
    [
        (request(5, id=2), request(5, id=2), True),
        (request(5, 10, id=2), request(5, 90, id=2), True),
        (request(5, id=2), request(6, id=2), False),
        (request(5, id=2), mutation(5, id=2), False),
        (request(5, id=2), request(5, id=2, trace=2), False),
        (mutation(5, id=2, is_record=True), mutation(6, id=2, is_record=True), True),
    ],
    ids=["all alike", "another end", "another start", "another class", "another trace", "a record, by its digest"],
)
def test_a_copy_has_the_ids_the_class_and_the_start_of_the_first(first: Event, second: Event, is_copy: bool) -> None:
    assert (remembering((first, A)).copied(second) is first) is is_copy


def test_spans_without_ids_are_nobody_s_copies() -> None:
    first, second = Event(EventClass.MUTATION, 5, 5), Event(EventClass.MUTATION, 5, 5)
    assert remembering((first, A)).copied(second) is None


# ------------------------------------------------------------------ forgetting
def test_what_was_let_go_is_remembered_for_a_wait() -> None:
    driven = Driven()
    driven.take(request(5, id=2))
    driven.wait(WAIT_S)
    assert driven.assembler.memory.spans, "let go and remembered"
    driven.wait(WAIT_S + 0.2)
    assert not driven.assembler.memory.spans


def test_what_was_let_go_is_remembered_until_clicks_that_came_meanwhile_are_decided() -> None:
    driven = Driven()
    driven.take(request(5, id=2))
    driven.wait(WAIT_S + 15)
    driven.take(click(0, id=1))
    driven.wait(WAIT_S + 0.2)
    assert driven.out[1]["action.resource.count"] == 1


def test_only_so_many_expired_windows_are_kept() -> None:
    driven = Driven()
    driven.take(*(click(n * 1_000, f"t{n}") for n in range(3 * MAX_WINDOWS)))
    driven.wait(2 * WAIT_S + 1)
    driven.take(click(0))
    assert len(driven.session().views.windows) == MAX_WINDOWS


def test_a_session_of_a_trace_is_dropped_when_nothing_of_it_is_left() -> None:
    driven = Driven()
    driven.take(request(5), session="")
    driven.wait(3 * WAIT_S)
    assert (driven.assembler.memory.pages, driven.assembler.memory.bytes) == (0, 0)


def test_a_session_keeps_its_views_for_hours_and_not_for_ever() -> None:
    driven = Driven()
    driven.take(document(0), mutation(5))
    driven.wait(SESSION_NS / SECOND - 60, step_s=60)
    assert driven.assembler.memory.pages == 1
    driven.wait(180, step_s=60)
    assert driven.assembler.memory.pages == 0


def test_who_comes_again_meets_the_views_of_before_and_nothing_else() -> None:
    driven = Driven()
    first = document(0)
    driven.take(first)
    before = driven.session()
    driven.wait(3 * WAIT_S)
    one = click(60_000, id=1, view="")
    driven.take(one)
    session = driven.session()
    assert before.is_over and session is not before
    assert session.views is before.views and session.events == [one]
    assert session.view_of(one, driven.assembler.memory.spans) == first.view


def test_a_session_that_is_over_when_its_next_event_comes_begins_anew() -> None:
    driven = Driven(decision_wait_ns=0)
    one, other = custom(0, id=1), request(5, id=2, parent=1)
    driven.take(one)
    before = driven.session()
    driven.take(other)
    after = driven.session()
    assert before.is_over and not after.is_over
    driven.wait(1)
    assert driven.assembler.counters.held == 0 and after.is_over


def test_of_idle_sessions_the_one_used_least_recently_goes_first() -> None:
    driven = Driven(max_pages=2)
    for name in ("a", "b"):
        driven.take(document(0), session=name)
    driven.wait(3 * WAIT_S)
    driven.take(event(EventClass.OTHER, 9), session="a")
    driven.wait(3 * WAIT_S)
    driven.take(document(0), session="c")
    driven.evict()
    driven.take(event(EventClass.OTHER, 20), session="a")
    assert driven.assembler.counters.evicted_views == 1
    assert driven.assembler.memory.pages == 2, "a was known still"


def test_each_view_of_a_session_counts_as_a_page() -> None:
    driven = Driven()
    driven.take(*(document(n, view=f"v{n}") for n in range(5)))
    memory_ = driven.assembler.memory
    assert memory_.pages == 5 and memory_.bytes == 5 * (PAGE_BYTES + EVENT_BYTES)


# ------------------------------------------------------------------ bounds, whatever comes
steps = st.lists(
    st.one_of(
        st.tuples(
            st.just("take"),
            st.sampled_from("crmdt"),
            st.integers(0, 9_000),
            st.sampled_from(["s1", "s2", "s3", ""]),
            st.sampled_from(["v", "v", "w", ""]),
            st.integers(0, 12),
        ),
        st.tuples(st.just("wait"), st.sampled_from([0.2, 1.0, 9.0, 17.0, 40.0])),
    ),
    max_size=40,
)


def made(letter: str, start_ms: int, view: str, number: int, parent: int) -> Event:
    kinds = {"c": click, "r": request, "m": mutation, "d": document}
    make = kinds.get(letter)
    if make is None:
        return event(EventClass.DESCENDANT, start_ms, 20, view=view, id=number, parent=parent or 1)
    return make(start_ms, view=view, id=number, parent=parent)  # type: ignore[operator, no-any-return]


def play(driven: Driven, drawn: list[tuple[object, ...]]) -> Counter[object]:
    """Carry the steps out; the numbers that must come out, with how often."""
    expected: Counter[object] = Counter()
    for step in drawn:
        if step[0] == "wait":
            driven.wait(float(str(step[1])), step_s=1)
            continue
        _, letter, start_ms, session, view, number = step
        own = 100 + int(str(number))
        one = made(str(letter), int(str(start_ms)), str(view), own, own - 1)
        expected[one.payload] += one.payload is not None
        driven.take(one, session=str(session))
        driven.evict()
    return +expected


@settings(max_examples=150)
@given(steps, st.sampled_from([1, 4, 10_000]), st.sampled_from([5_000, 20_000, 1 << 30]))
def test_each_event_comes_out_once_and_memory_is_empty_in_the_end(
    drawn: list[tuple[object, ...]], max_pages: int, max_held_bytes: int
) -> None:
    driven = Driven(max_pages=max_pages, max_held_bytes=max_held_bytes, max_page_events=6)
    expected = play(driven, drawn)
    known = driven.assembler.memory
    assert known.bytes <= max_held_bytes and known.pages <= max_pages
    driven.drain()
    assert Counter(driven.times) == expected
    assert driven.assembler.counters.held == 0
    driven.wait(SESSION_NS / SECOND + 480, step_s=60)
    assert (known.pages, known.bytes, known.spans) == (0, 0, {})


def test_what_is_decided_early_is_counted_by_its_reason() -> None:
    driven = Driven(max_page_events=3)
    driven.take(click(0, id=1), *(mutation(n) for n in range(5)))
    driven.evict()
    counters = driven.assembler.counters
    assert counters.decided == {("click", Reason.MAX_PAGE_EVENTS): 1}
    assert counters.forced == {Reason.MAX_PAGE_EVENTS: 5}, "the click itself was decided"


def test_windows_of_expired_actions_weigh_as_long_as_they_are_known() -> None:
    driven = Driven()
    driven.take(*(click(n * 1_000, f"t{n}") for n in range(5)))
    driven.wait(4 * WAIT_S)
    assert driven.assembler.memory.bytes == PAGE_BYTES + 5 * WINDOW_BYTES
    driven.wait(WINDOW_MEMORY_NS / SECOND)
    driven.take(request(0), session="another")
    driven.wait(0.4)
    assert driven.assembler.memory.bytes == 2 * PAGE_BYTES + EVENT_BYTES + 500
