"""What comes after the decision that it belongs to (SPEC section 11)."""

from __future__ import annotations

import pytest

from otelrum.actions.event_class import EventClass
from otelrum.actions.model import Event
from otelrum.actions.settings import SECOND, WINDOW_MEMORY_NS
from tests.actions.made import (
    Driven,
    click,
    click_record,
    custom,
    error,
    event,
    image,
    inp,
    kind_name,
    made_by,
    mutation,
    request,
    request_record,
    task,
)

WAIT_S = 16


def after_a_decision(*before: Event, **settings: object) -> Driven:
    """A page with a click 1 at 0 that was active until 300 ms, decided a moment ago."""
    driven = Driven(**settings)
    driven.take(click(0, id=1), request(10, 290, id=2), *before)
    driven.wait(WAIT_S + 0.2)
    assert driven.out[1]["action.loading_time"] == 300_000_000
    return driven


def added_late(late: Event, driven: Driven) -> dict[str, object] | None:
    """What a late event, number 9, gets at once; None when it is held."""
    driven.take(late)
    driven.wait(0.2)
    return driven.out.get(9)


@pytest.mark.parametrize(
    "late",
    [
        image(-1, 10, id=9),
        image(300, 10, id=9),
        mutation(100, id=9),
        task(-60, 60, id=9),
        task(300, 60, id=9),
        error(400, id=9),
        event(EventClass.DESCENDANT, 100, id=9, parent=2),
        event(EventClass.DESCENDANT, 900, id=9, faults=[(399, "")]),
    ],
    ids=lambda one: f"{kind_name(one)} {one.start_ns // 10**6 % 1000}",
)
def test_a_late_event_in_the_window_gets_the_id_at_once_and_is_counted(late: Event) -> None:
    driven = after_a_decision()
    assert added_late(late, driven) == {"action.id": driven.out[1]["action.id"]}
    assert (driven.assembler.counters.late, driven.assembler.counters.held) == (1, 0)


@pytest.mark.parametrize(
    "late",
    [
        image(-2, 10, id=9),
        image(301, 10, id=9),
        error(401, id=9),
        event(EventClass.DESCENDANT, 100, id=9),
        image(100, 10, id=9, view="w"),
        custom(100, id=9),
    ],
    ids=lambda one: f"{kind_name(one)} {one.start_ns // 10**6 % 1000} {one.view}",
)
def test_a_late_event_elsewhere_is_held_like_any_other(late: Event) -> None:
    driven = after_a_decision()
    assert added_late(late, driven) is None
    assert (driven.assembler.counters.late, driven.assembler.counters.held) == (0, 1)


def test_a_late_event_that_an_undecided_action_may_have_waits_for_it() -> None:
    driven = after_a_decision()
    driven.take(click(250, "another", id=3))
    assert added_late(image(260, 10, id=9), driven) is None
    driven.drain()
    assert driven.actions_of(9) == [1, 3]


@pytest.mark.parametrize(
    ("late", "before"),
    [
        (click(30, "x", id=9), []),
        (click(-30, "x", id=9), []),
        (click(9_000, "x", id=9, parent=1), []),
        (click(-5, "x", id=9), []),
        (click(200, "b", id=9), [task(-10, 310)]),
        (click_record(30, "x", id=9), []),
        (click_record(5_000, "x", id=9, parent=1), []),
    ],
    ids=["within 30 ms", "earlier", "a descendant", "just before", "one long task", "a record", "a record by its span"],
)
def test_a_late_interaction_of_a_decided_click_gets_its_id_and_starts_no_action(
    late: Event, before: list[Event]
) -> None:
    driven = after_a_decision(*before)
    assert added_late(late, driven) == {"action.id": driven.out[1]["action.id"]}
    assert driven.assembler.counters.late == 1


def test_a_late_interaction_whose_child_was_decided_gets_the_child_s_id() -> None:
    driven = Driven()
    driven.take(click(100, id=1, parent=9))
    driven.wait(WAIT_S + 0.2)
    assert added_late(click(0, "x", id=9), driven) == {"action.id": driven.out[1]["action.id"]}


@pytest.mark.parametrize(
    ("late", "before"),
    [
        (click(31, "x", id=9), []),
        (click(10_001, "x", id=9, parent=1), []),
        (click(200, "x", id=9), [task(-10, 310)]),
        (click(200, "b", id=9), [task(-10, 200)]),
        (click(200, "b", id=9), []),
        (click(10, "b", id=9, view="w"), []),
    ],
    ids=["31 ms later", "a descendant after 10 s", "another target", "shares no task", "no task", "another view"],
)
def test_another_late_interaction_starts_an_action_of_its_own(late: Event, before: list[Event]) -> None:
    driven = after_a_decision(*before)
    assert added_late(late, driven) is None
    driven.drain()
    assert driven.actions() == [1, 9]


def test_discarding_a_late_click_during_a_decided_action_is_of_it() -> None:
    driven = after_a_decision(discard_overlaps=True)
    assert added_late(click(300, "x", id=9), driven) == {"action.id": driven.out[1]["action.id"]}
    driven = after_a_decision(discard_overlaps=True)
    assert added_late(click(301, "x", id=9), driven) is None


def test_an_interaction_span_after_its_click_was_decided_as_a_record_makes_no_second_action() -> None:
    driven = Driven()
    driven.take(click_record(0, id=1))
    driven.wait(WAIT_S + 0.2)
    assert added_late(click(10, "x", id=9), driven) == {"action.id": driven.out[1]["action.id"]}


def test_a_late_resource_event_in_the_window_gets_the_id() -> None:
    driven = after_a_decision()
    late = request_record(written_ms=500, fetch_start_ms=250, duration_ms=245, id=9)
    assert added_late(late, driven) == {"action.id": driven.out[1]["action.id"]}


def test_the_nearest_of_several_decided_clicks_takes_a_late_one() -> None:
    driven = Driven()
    driven.take(click(0, id=1), click(50, id=2))
    driven.wait(WAIT_S + 0.2)
    assert added_late(click(26, id=9), driven) == {"action.id": driven.out[2]["action.id"]}


@pytest.mark.parametrize(
    ("late", "is_too_late"),
    [
        (image(100, 10, id=9), True),
        (image(301, 10, id=9), False),
        (image(-1, 10, id=9), True),
        (image(-2, 10, id=9), False),
        (click(30, "x", id=9), True),
        (click(31, "x", id=9), False),
        (custom(100, id=9), False),
        (image(100, 10, id=9, view="w"), False),
    ],
    ids=lambda one: f"{kind_name(one)} {one.start_ns // 10**6 % 1000} {one.view}" if isinstance(one, Event) else "",
)
def test_what_belongs_to_a_dropped_decision_is_too_late(late: Event, is_too_late: bool) -> None:
    driven = after_a_decision()
    driven.wait(WAIT_S + 4)
    assert (added_late(late, driven) == {}) is is_too_late
    assert driven.assembler.counters.too_late == is_too_late


def test_an_expired_window_is_dropped_in_the_end() -> None:
    driven = after_a_decision()
    driven.wait(3 * WAIT_S + WINDOW_MEMORY_NS / SECOND)
    assert added_late(image(100, 10, id=9), driven) is None
    assert driven.assembler.counters.too_late == 0


# ------------------------------------------------------------------ web vitals
@pytest.mark.parametrize(("ms", "is_of"), [(-100, True), (-100.001, False), (0, True), (300, True), (300.001, False)])
def test_a_web_vital_gets_the_id_of_the_action_whose_interaction_it_measured(ms: float, is_of: bool) -> None:
    driven = after_a_decision()
    added = added_late(inp(ms, id=9, view="w"), driven)
    assert added == ({"action.id": driven.out[1]["action.id"]} if is_of else {})
    assert driven.assembler.counters.late == 0 and driven.assembler.counters.held == 0


def test_a_web_vital_waits_for_nothing() -> None:
    driven = Driven()
    driven.take(click(0, id=1), inp(0, id=9))
    driven.wait(0.2)
    assert driven.out == {9: {}}


def test_of_several_actions_a_web_vital_is_of_the_latest_started_click() -> None:
    driven = Driven()
    driven.take(click(0, id=1), request(5, 400), click(200, "c", id=3), request(210, 200), custom(250, "x", 200, id=4))
    driven.wait(WAIT_S + 0.2)
    assert added_late(inp(260, id=9), driven) == {"action.id": driven.out[3]["action.id"]}


def test_windows_are_known_for_five_more_minutes_and_no_longer() -> None:
    driven = after_a_decision()
    driven.wait(WAIT_S + WINDOW_MEMORY_NS / SECOND - 2)
    assert added_late(inp(100, id=9), driven) == {"action.id": driven.out[1]["action.id"]}
    driven.wait(WAIT_S + 4)
    driven.take(inp(100, id=10))
    driven.wait(0.2)
    assert driven.out[10] == {}


# ------------------------------------------------------------------ gestures
def test_a_late_interaction_of_a_decided_gesture_gets_its_id_whenever_it_ran() -> None:
    driven = Driven()
    driven.take(click(0, id=1, gesture="g"))
    driven.wait(WAIT_S + 0.2)
    late = click(20_000, "other", id=9, gesture="g", view="w")
    assert added_late(late, driven) == {"action.id": driven.out[1]["action.id"]}


def test_a_late_interaction_of_another_gesture_is_another_click() -> None:
    driven = Driven()
    driven.take(click(0, id=1, gesture="g"))
    driven.wait(WAIT_S + 0.2)
    assert added_late(click(1, id=9, gesture="h"), driven) is None


def test_user_activity_that_comes_late_passes_as_it_came() -> None:
    driven = Driven()
    driven.take(click(0, id=1, gesture="g"))
    driven.wait(WAIT_S + 0.2)
    driven.take(made_by("g", "scroll", 5, id=9))
    driven.wait(WAIT_S + 0.2)
    assert driven.out[9] == {} and driven.assembler.counters.late == 0


def test_what_belongs_to_a_decided_custom_action_gets_its_id_at_once() -> None:
    driven = Driven()
    driven.take(custom(0, "x", 300, id=1))
    driven.wait(WAIT_S + 0.2)
    assert added_late(image(100, 5, id=9), driven) == {"action.id": driven.out[1]["action.id"]}


def test_a_late_listener_in_the_click_s_long_task_is_of_it_while_another_click_waits() -> None:
    driven = Driven()
    driven.take(click(0, id=1), task(-10, 500))
    driven.wait(WAIT_S - 1)
    driven.take(click(60_000, "other", id=2))
    driven.wait(1.2)
    assert added_late(click(400, id=9), driven) == {"action.id": driven.out[1]["action.id"]}


def test_each_of_several_expired_actions_is_still_known() -> None:
    driven = Driven()
    driven.take(*(click(n * 1_000, f"t{n}", id=n + 1) for n in range(5)))
    driven.wait(3 * WAIT_S)
    driven.take(*(inp(n * 1_000, id=n + 101) for n in range(5)))
    driven.wait(0.2)
    assert [driven.actions_of(n + 101) for n in range(5)] == [[n + 1] for n in range(5)]


def test_the_latest_started_counts_also_where_it_was_decided_first() -> None:
    driven = Driven()
    driven.take(click(200, "c", id=3), mutation(290))
    driven.wait(3 * WAIT_S)
    driven.take(click(0, id=1), request(5, 400))
    driven.wait(WAIT_S + 0.2)
    assert added_late(inp(260, id=9), driven) == {"action.id": driven.out[3]["action.id"]}
