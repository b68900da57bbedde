"""Custom actions, instant and timed (SPEC section 9)."""

from __future__ import annotations

import pytest

from otelrum.actions.counters import Reason
from otelrum.actions.event_class import EventClass
from otelrum.actions.model import Event
from otelrum.actions.settings import MS
from tests.actions.made import (
    Driven,
    click,
    custom,
    decided,
    error,
    event,
    frame,
    image,
    made_by,
    mutation,
    page_exit,
    request,
    task,
)

WAIT_S = 16


def timed(**fields: object) -> Event:
    """A custom action from 0 to 400 ms."""
    return custom(0, "checkout", 400, id=1, **fields)


def figures(driven: Driven) -> tuple[object, ...]:
    """Resources, errors and long tasks."""
    return tuple(driven.out[1][f"action.{name}.count"] for name in ("resource", "error", "long_task"))


@pytest.mark.parametrize(("length_ms", "is_timed"), [(0.999999, False), (1, True)])
def test_from_one_millisecond_on_it_is_timed(length_ms: float, is_timed: bool) -> None:
    out = decided(custom(0, length_ms=length_ms, id=1)).out[1]
    assert ("action.loading_time" in out, "action.end_reason" in out, "action.error.count" in out) == (is_timed,) * 3
    if is_timed:
        assert (out["action.loading_time"], out["action.end_reason"]) == (1 * MS, "explicit")


@pytest.mark.parametrize(
    ("one", "is_of"),
    [
        (image(-1, 5, id=9), True),
        (image(-1.001, 5, id=9), False),
        (image(400, 5, id=9), True),
        (image(400.001, 5, id=9), False),
        (mutation(200, id=9), True),
        (task(-60, 60, id=9), True),
        (task(400, 60, id=9), True),
        (error(-1, id=9), True),
        (error(400, id=9), True),
        (error(400.001, id=9), False),
        (event(EventClass.DESCENDANT, 100, id=9, parent=1), True),
        (event(EventClass.DESCENDANT, 100, id=9), False),
        (mutation(200, id=9, view="w"), False),
        (page_exit(200, id=9), False),
        (made_by("g", "scroll", 200, id=9), False),
    ],
)
def test_what_lies_in_its_window_is_its_own(one: Event, is_of: bool) -> None:
    driven = decided(timed(), one)
    assert driven.actions_of(9) == ([1] if is_of else [])


def test_it_counts_as_a_click_does_but_errors_only_up_to_its_end() -> None:
    driven = decided(timed(), image(5, 395), image(5, 396), error(400), error(450), task(-10, 60), task(390, 60))
    assert figures(driven) == (1, 1, 2)
    assert driven.out[1]["action.frustration.type"] == ["error_click"]
    assert "action.frustration.type" not in decided(timed(), mutation(5)).out[1]


def test_its_own_errors_count() -> None:
    assert figures(decided(timed(faults=[(100, "")])))[1] == 1


def test_frames_count_that_were_reported_by_its_end() -> None:
    assert figures(decided(timed(), frame(50, 60), frame(350, 60), task(100, 60)))[2] == 1


def test_neither_a_view_nor_an_exit_ends_it() -> None:
    out = decided(timed(), page_exit(100), mutation(200, view="w")).out[1]
    assert (out["action.loading_time"], out["action.end_reason"]) == (400 * MS, "explicit")


def test_in_several_windows_it_names_all_oldest_first_and_is_its_own_main_one() -> None:
    inside = custom(100, "step", id=3), custom(100, "x", 50, id=4)
    driven = decided(click(-50, id=2), request(-40, 300), timed(), *inside)
    ids = {n: driven.out[n]["action.id"] for n in (1, 2, 3, 4)}
    assert len(set(ids.values())) == 4
    assert driven.out[1]["action.ids"] == [ids[2], ids[1]]
    assert driven.out[3]["action.ids"] == [ids[2], ids[1], ids[3], ids[4]]
    assert driven.out[4]["action.ids"] == [ids[2], ids[1], ids[4]], "the instant one has no window"


def test_an_instant_one_is_no_window() -> None:
    driven = decided(custom(0, id=1), custom(0.5, id=2), mutation(0, id=3))
    assert "action.ids" not in driven.out[2] and driven.out[3] == {}


def test_what_descends_from_it_is_first_of_all_its_own() -> None:
    driven = decided(timed(), click(100, id=2), request(110, 50, id=3, parent=1))
    assert driven.actions_of(3) == [1, 2] and driven.out[3]["action.id"] == driven.out[1]["action.id"]


def test_by_trace_only_what_descends_from_it_is_its_own() -> None:
    driven = decided(timed(), image(5, 50, id=2, parent=1), image(5, 50, id=3), by_trace=True)
    assert driven.actions_of(2) == [1] and driven.actions_of(3) == [] and figures(driven)[0] == 1


def test_it_is_decided_a_wait_after_it_came_and_its_window_holds_all_of_it() -> None:
    driven = Driven()
    driven.take(image(1_000, 100, id=2))
    driven.wait(12)
    driven.take(custom(0, "checkout", 12_000, id=1))
    driven.wait(WAIT_S - 0.2)
    assert driven.out == {}, "the image is older than a wait, and in the window"
    driven.wait(0.4)
    assert driven.actions_of(2) == [1] and driven.out[1]["action.resource.count"] == 1


@pytest.mark.parametrize(
    ("reason", "settings"),
    [(Reason.WAITED, {}), (Reason.SHUTDOWN, {}), (Reason.MAX_PAGE_EVENTS, {"max_page_events": 1})],
)
def test_each_is_counted_with_the_reason_of_its_decision(reason: Reason, settings: dict[str, object]) -> None:
    driven = Driven(**settings)
    driven.take(timed(), custom(5, id=2))
    if reason is Reason.SHUTDOWN:
        driven.drain()
    driven.wait(WAIT_S + 1)
    assert driven.assembler.counters.decided == {("custom", reason): 2}


def test_very_many_that_overlap_cost_no_more_than_others_and_each_keeps_its_duration() -> None:
    many = [custom(n / 10, "x", 5_000 - n / 10, id=n + 1) for n in range(2_000)]
    driven = decided(*many, *(image(3_000 + n / 10, 1) for n in range(2_000)))
    assert driven.actions() == list(range(1, 2_001))
    assert driven.out[2_000]["action.loading_time"] == round((5_000 - 199.9) * MS) - round(199.9 * MS) + round(
        199.9 * MS
    )
    ids = [out.get("action.ids", []) for out in driven.out.values()]
    assert sum(len(each) for each in ids if isinstance(each, list)) <= 33 * 4_000
    counted = [int(str(driven.out[n]["action.resource.count"])) for n in range(1, 2_001)]
    assert sum(counted) <= 33 * 4_000, "so many as if 32 of them overlapped everywhere"
