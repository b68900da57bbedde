"""Which view an event belongs to (SPEC sections 3 and 12)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otelrum.actions.event_class import EventClass
from otelrum.actions.inherit import Inheritance
from otelrum.actions.model import Event, SessionKey
from otelrum.actions.session import Session
from otelrum.actions.views import Views
from tests.actions.made import at, click, document, event, mutation, request, request_record, task

OPENED = (mutation(0, view="a", id=101), mutation(1_000, view="b", id=102))


def view_of(one: Event, *others: Event) -> str:
    """The view of an event of a session with views `a` from 0 and `b` from 1000 ms."""
    known = Session(SessionKey("shop", "s"), Views())
    events = [*OPENED, *others, one]
    for each in events:
        known.views.update(each, Inheritance([]).kept, dict)
        known.add(each)
    return known.view_of(one, {each.id: each for each in events})


def test_an_event_is_of_the_view_that_it_carries() -> None:
    assert view_of(request(1_500, view="a")) == "a"


@pytest.mark.parametrize(("start_ms", "expected"), [(500, "a"), (1_000, "b"), (1_500, "b"), (-1, "")])
def test_without_a_view_id_it_is_of_the_latest_view_that_was_open(start_ms: float, expected: str) -> None:
    assert view_of(request(start_ms, view="")) == expected


def test_without_a_view_id_the_nearest_ancestor_that_has_one_comes_first() -> None:
    between = event(EventClass.DESCENDANT, 200, view="", id=2, parent=1)
    assert view_of(request(1_500, view="", parent=2), click(100, view="a", id=1), between) == "a"


def test_a_long_task_is_no_ancestor_that_says_the_view() -> None:
    assert view_of(request(1_500, view="", parent=1), task(100, 60, view="a", id=1)) == "b"


def test_a_session_without_views_is_the_page() -> None:
    known, one = Session(SessionKey("shop", "s"), Views()), request(0, view="")
    known.add(one)
    assert known.view_of(one, {}) == ""


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (task(1_500, 60, view="a"), "a"),
        (task(500, 60, view="b"), "a"),
        (task(1_500, 60, view=""), "b"),
        (task(-5, 60, view="b"), "b"),
        (task(500, 60, view="unknown"), "a"),
    ],
    ids=["carried and open", "carried, opened later", "carried none", "none was open", "carried an unknown one"],
)
def test_a_long_task_is_of_a_view_that_was_open_at_its_start(one: Event, expected: str) -> None:
    assert view_of(one) == expected


def test_a_late_report_looks_in_the_tab_of_the_view_that_it_carries() -> None:
    others = (mutation(0, view="left", tab="1", id=201), mutation(100, view="right", tab="2", id=202))
    # `own` opened at 2000 in tab 1: of what was open in that tab at 900, `left` is the latest with a tab.
    own = mutation(2_000, view="own", tab="1", id=203)
    known = Session(SessionKey("shop", "s"), Views())
    one = task(900, 60, view="own")
    for each in (*others, own, one):
        known.views.update(each, Inheritance([]).kept, dict)
        known.add(each)
    assert known.view_of(one, {}) == "left"


def test_a_resource_event_is_of_the_view_of_the_span_that_says_of_the_same() -> None:
    record, span = request_record(1_800, 500, view="b"), request(500, view="a")
    record.counterpart, span.counterpart = span, record
    assert view_of(record, span) == "a"


def test_a_resource_event_is_else_of_the_view_that_was_open_at_its_start() -> None:
    record = request_record(500, 0, view="b")
    assert view_of(record) == "a"
    assert view_of(request_record(1_500, 0, view="a")) == "a", "it was open then"


def test_where_the_session_is_the_page_its_latest_document_has_the_attributes() -> None:
    known = Session(SessionKey("shop", "s"), Views())
    for each in (document(0, view=""), document(1_000, view="")):
        known.views.update(each, Inheritance([]).kept, dict)
    found = known.view_at("", document(1_500).start_ns)
    assert found is not None and found.start_ns == document(1_000).start_ns
    assert known.view_at("unknown", 0) is None


lives = st.tuples(st.integers(0, 300), st.integers(0, 80), st.lists(st.integers(-50, 400), max_size=2))


@given(st.lists(lives, max_size=12), st.integers(0, 300), st.integers(0, 100), st.booleans())
def test_around_a_time_are_all_events_that_touch_it_by_their_start(
    drawn: list[tuple[int, int, list[int]]], from_ms: int, length_ms: int, has_moved: bool
) -> None:
    known = Session(SessionKey("shop", "s"), Views())
    for start_ms, duration_ms, errors_ms in drawn:
        known.add(request(start_ms, duration_ms, faults=[(ms, "") for ms in errors_ms]))
        if has_moved:
            known.moved()
    from_ns, to_ns = at(from_ms), at(from_ms + length_ms)
    found = known.around(from_ns, to_ns)
    assert found == sorted(found, key=lambda one: one.start_ns)
    assert {one for one in known.events if one.first_ns <= to_ns and one.last_ns >= from_ns} <= set(found)
    assert known.timeline() == sorted(known.events, key=lambda one: one.start_ns)
