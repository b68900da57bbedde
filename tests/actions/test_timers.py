"""Sessions wake when they asked to, each once."""

from __future__ import annotations

from otelrum.actions.model import SessionKey
from otelrum.actions.session import Session
from otelrum.actions.settings import MS, SECOND
from otelrum.actions.timers import Timers
from otelrum.actions.views import Views


def session(name: str = "s") -> Session:
    return Session(SessionKey("shop", name), Views())


def test_a_session_wakes_at_the_end_of_its_step_and_only_once() -> None:
    timers, one = Timers(), session()
    timers.at(one, SECOND + 1)
    assert timers.next_ns() == 1200 * MS
    assert list(timers.due(1199 * MS)) == []
    assert list(timers.due(1200 * MS)) == [one]
    assert list(timers.due(9 * SECOND)) == [] and timers.next_ns() is None


def test_of_several_wishes_the_earliest_counts() -> None:
    timers, one = Timers(), session()
    timers.at(one, 5 * SECOND)
    timers.at(one, 2 * SECOND)
    timers.at(one, 8 * SECOND)
    assert list(timers.due(4 * SECOND)) == [one]
    assert list(timers.due(9 * SECOND)) == []


def test_sessions_wake_in_the_order_of_their_times() -> None:
    timers, early, late = Timers(), session("early"), session("late")
    timers.at(late, 3 * SECOND)
    timers.at(early, SECOND)
    assert list(timers.due(5 * SECOND)) == [early, late]


def test_a_session_that_was_dropped_wakes_no_more() -> None:
    timers, one = Timers(), session()
    timers.at(one, SECOND)
    one.is_over = True
    assert list(timers.due(SECOND)) == []
    timers.at(one, 2 * SECOND)
    assert timers.next_ns() is None


def test_a_session_may_ask_again_while_it_is_awake() -> None:
    timers, one = Timers(), session()
    timers.at(one, SECOND)
    for woken in timers.due(SECOND):
        timers.at(woken, 2 * SECOND)
    assert timers.next_ns() == 2 * SECOND


def test_no_wish_is_no_wake() -> None:
    timers = Timers()
    timers.at(session(), -1)
    assert timers.next_ns() is None
