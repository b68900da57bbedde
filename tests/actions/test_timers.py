"""Timers go off when they were set to, one a session."""

from __future__ import annotations

from otelrum.actions.model import SessionKey
from otelrum.actions.session import Session
from otelrum.actions.settings import MS, SECOND
from otelrum.actions.timers import Timers
from otelrum.actions.views import Views


def session(name: str = "s") -> Session:
    return Session(SessionKey("shop", name), Views())


def test_a_timer_goes_off_at_the_end_of_its_bucket_and_only_once() -> None:
    timers, one = Timers(), session()
    timers.set(one, SECOND + 1)
    assert timers.next_ns() == 1200 * MS
    assert list(timers.pop_due(1199 * MS)) == []
    assert list(timers.pop_due(1200 * MS)) == [one]
    assert list(timers.pop_due(9 * SECOND)) == [] and timers.next_ns() is None


def test_of_several_times_the_earliest_counts() -> None:
    timers, one = Timers(), session()
    timers.set(one, 5 * SECOND)
    timers.set(one, 2 * SECOND)
    timers.set(one, 8 * SECOND)
    assert list(timers.pop_due(4 * SECOND)) == [one]
    assert list(timers.pop_due(9 * SECOND)) == []


def test_timers_go_off_in_the_order_of_their_times() -> None:
    timers, early, late = Timers(), session("early"), session("late")
    timers.set(late, 3 * SECOND)
    timers.set(early, SECOND)
    assert list(timers.pop_due(5 * SECOND)) == [early, late]


def test_a_session_that_was_dropped_has_no_timer() -> None:
    timers, one = Timers(), session()
    timers.set(one, SECOND)
    one.is_over = True
    assert list(timers.pop_due(SECOND)) == []
    timers.set(one, 2 * SECOND)
    assert timers.next_ns() is None


def test_a_timer_may_be_set_again_while_it_goes_off() -> None:
    timers, one = Timers(), session()
    timers.set(one, SECOND)
    for due in timers.pop_due(SECOND):
        timers.set(due, 2 * SECOND)
    assert timers.next_ns() == 2 * SECOND


def test_no_time_is_no_timer() -> None:
    timers = Timers()
    timers.set(session(), -1)
    assert timers.next_ns() is None


def test_a_time_that_is_past_is_the_next_bucket_and_not_again_this_one() -> None:
    timers, one = Timers(), session()
    timers.set(one, SECOND)
    due = []
    for _ in zip(timers.pop_due(2 * SECOND), range(9), strict=False):
        due.append(one)
        timers.set(one, 0)
    assert due == [one]
    assert list(timers.pop_due(2 * SECOND + 199 * MS)) == []
    assert list(timers.pop_due(2 * SECOND + 200 * MS)) == [one]
