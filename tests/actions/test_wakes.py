"""Sessions wake when they asked to, each once."""

from __future__ import annotations

from otelrum.actions.session import Session, SessionKey
from otelrum.actions.settings import MS, SECOND
from otelrum.actions.views import Views
from otelrum.actions.wakes import Wakes


def session(name: str = "s") -> Session:
    return Session(SessionKey("shop", name), Views())


def test_a_session_wakes_at_the_end_of_its_step_and_only_once() -> None:
    wakes, one = Wakes(), session()
    wakes.at(one, SECOND + 1)
    assert wakes.next_ns() == 1200 * MS
    assert list(wakes.due(1199 * MS)) == []
    assert list(wakes.due(1200 * MS)) == [one]
    assert list(wakes.due(9 * SECOND)) == [] and wakes.next_ns() is None


def test_of_several_wishes_the_earliest_counts() -> None:
    wakes, one = Wakes(), session()
    wakes.at(one, 5 * SECOND)
    wakes.at(one, 2 * SECOND)
    wakes.at(one, 8 * SECOND)
    assert list(wakes.due(4 * SECOND)) == [one]
    assert list(wakes.due(9 * SECOND)) == []


def test_sessions_wake_in_the_order_of_their_times() -> None:
    wakes, early, late = Wakes(), session("early"), session("late")
    wakes.at(late, 3 * SECOND)
    wakes.at(early, SECOND)
    assert list(wakes.due(5 * SECOND)) == [early, late]


def test_a_session_that_was_dropped_wakes_no_more() -> None:
    wakes, one = Wakes(), session()
    wakes.at(one, SECOND)
    one.is_over = True
    assert list(wakes.due(SECOND)) == []
    wakes.at(one, 2 * SECOND)
    assert wakes.next_ns() is None


def test_a_session_may_ask_again_while_it_is_awake() -> None:
    wakes, one = Wakes(), session()
    wakes.at(one, SECOND)
    for woken in wakes.due(SECOND):
        wakes.at(woken, 2 * SECOND)
    assert wakes.next_ns() == 2 * SECOND


def test_no_wish_is_no_wake() -> None:
    wakes = Wakes()
    wakes.at(session(), -1)
    assert wakes.next_ns() is None
