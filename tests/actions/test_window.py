"""What lies in an action's window and so is of it (SPEC sections 3, 5 and 6)."""

from __future__ import annotations

import pytest

from otelrum.actions.event_class import EventClass
from otelrum.actions.model import Event
from tests.actions.made import (
    click,
    click_record,
    custom,
    decided,
    error,
    event,
    image,
    kind_name,
    mutation,
    request,
    task,
)

CLICK = click(0, id=1)


def page(*events: Event, **settings: object) -> dict[int, list[object]]:
    """A click at 0 that is active until 300 ms, and these: the actions of each event by its number."""
    driven = decided(click(0, id=1), request(10, 290, id=2), *events, **settings)
    assert driven.out[1]["action.loading_time"] == 300_000_000
    return {n: driven.actions_of(n) for n in driven.out}  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("one", "is_of"),
    [
        (image(-1, 100, id=9), True),
        (image(-1.000001, 100, id=9), False),
        (image(300, 700, id=9), True),
        (image(300.000001, 700, id=9), False),
        (task(-60, 60, id=9), True),
        (task(-60, 59.999999, id=9), False),
        (task(300, 60, id=9), True),
        (task(300.000001, 60, id=9), False),
        (error(-1, id=9), True),
        (error(-1.000001, id=9), False),
        (error(400, id=9), True),
        (error(400.000001, id=9), False),
        (custom(300, id=9), True),
        (custom(301, id=9), False),
        (event(EventClass.DESCENDANT, 300, id=9, parent=1), True),
        (event(EventClass.DESCENDANT, 301, id=9, parent=1), False),
        (event(EventClass.DESCENDANT, 200, id=9), False),
        (event(EventClass.DESCENDANT, 200, id=9, faults=[(250, "")]), True),
        (event(EventClass.DESCENDANT, -50, 400, id=9, faults=[(250, "")]), True),
        (event(EventClass.DESCENDANT, 200, id=9, faults=[(401, "")]), False),
    ],
    ids=lambda one: one if isinstance(one, bool) else f"{kind_name(one)} {one.start_ns % 10**9 / 10**6:g} ms",
)
def test_an_event_is_of_the_action_by_its_time(one: Event, is_of: bool) -> None:
    of = page(one)[9]
    assert (1 in of) is is_of


def test_an_error_past_the_end_of_the_view_is_not_of_the_action() -> None:
    driven = decided(click(0, id=1), request(5, 900), mutation(50, view="w"), error(50, id=8), error(50.000001, id=9))
    assert driven.out[1]["action.loading_time"] == 50_000_000
    assert driven.actions_of(8) == [1] and driven.actions_of(9) == []
    assert driven.out[1]["action.error.count"] == 1


def test_what_descends_from_an_event_of_the_action_is_of_it_too() -> None:
    assert page(event(EventClass.DESCENDANT, 20, id=9, parent=2))[9] == [1]
    assert page(event(EventClass.DESCENDANT, 20, id=8, parent=2), event(EventClass.DESCENDANT, 30, id=9, parent=8))[
        9
    ] == [1]


def test_another_view_and_another_session_have_events_of_their_own() -> None:
    assert page(image(20, view="w", tab="other", id=9), mutation(-5_000, view="w", id=8))[9] == []
    driven = decided()
    driven.take(click(0, id=1))
    driven.take(request(5, id=2, trace=2), session="another")
    driven.drain()
    assert driven.out[2] == {}


def test_by_trace_only_descendants_are_of_the_action() -> None:
    driven = decided(
        click(0, id=1),
        request(10, 290, id=2, parent=1),
        image(20, id=3),
        task(20, 60, id=4),
        task(90, 60, id=5, parent=1),
        error(20, id=6),
        event(EventClass.DESCENDANT, 20, id=7, parent=2),
        mutation(400, id=8, parent=1),
        by_trace=True,
    )
    assert {n: driven.actions_of(n) for n in (2, 3, 4, 5, 6, 7, 8)} == {
        2: [1],
        3: [],
        4: [],
        5: [1],
        6: [],
        7: [1],
        8: [1],
    }
    assert driven.out[1]["action.long_task.count"] == 1 and driven.out[1]["action.error.count"] == 0


def test_in_several_windows_an_event_names_all_actions_oldest_first() -> None:
    driven = decided(click(0, "a", id=1), request(5, 300), click(100, "b", id=2), request(110, 100, id=3))
    assert driven.actions_of(3) == [1, 2]
    assert driven.out[3]["action.id"] == driven.out[2]["action.id"], "of none of them it descends: the latest"


def test_of_several_actions_the_one_that_it_descends_from_is_the_main_one() -> None:
    between = event(EventClass.DESCENDANT, 5, id=4, parent=1)
    last = request(110, 100, id=3, parent=4)
    driven = decided(click(0, "a", id=1), request(5, 300), click(100, "b", id=2), between, last)
    assert driven.out[3]["action.id"] == driven.out[1]["action.id"]
    assert driven.actions_of(3) == [1, 2]


def test_an_interaction_is_of_its_own_click_only() -> None:
    driven = decided(click(0, "a", id=1), request(5, 400), click(100, "b", id=2), click(110, "c", id=3))
    assert driven.actions_of(1) == [1] and driven.actions_of(3) == [2]


def test_a_custom_action_in_a_window_names_both() -> None:
    driven = decided(click(0, id=1), request(5, 400), custom(50, "bought", id=9))
    own = driven.out[9]["action.id"]
    assert driven.out[9] == {
        "action.id": own,
        "action.ids": [driven.out[1]["action.id"], own],
        "action.name": "bought",
        "context.cart.amount": 42,
    }


def test_a_request_that_began_before_the_click_and_descends_from_it_keeps_it_busy() -> None:
    parted = decided(click(0, id=1), request(-5, 305, id=2))
    assert "action.loading_time" not in parted.out[1], "its end is too far away to be the first activity"
    joined = decided(click(0, id=1), request(-5, 305, id=2, parent=1))
    assert joined.out[1]["action.loading_time"] == 300_000_000
    assert joined.actions_of(2) == [], "but it lies outside the window"


def test_what_keeps_nobody_busy_is_counted_all_the_same() -> None:
    driven = decided(click(0, id=1), request(5, 50), request(10, 40, id=2, keeps_busy=False))
    assert driven.out[1]["action.loading_time"] == 55_000_000
    assert driven.out[1]["action.resource.count"] == 2 and driven.actions_of(2) == [1]
    alone = decided(click(0, id=1), request(5, 50, keeps_busy=False))
    assert "action.loading_time" not in alone.out[1]


def test_of_very_many_actions_each_event_finds_its_own() -> None:
    clicks = [click(n * 1_500, f"t{n}", id=100 + n) for n in range(60)]
    requests = [request(n * 1_500 + 5, 50, id=200 + n) for n in range(60)]
    tasks = [task(n * 1_500 - 60, 60, id=300 + n) for n in range(60)]
    driven = decided(*clicks, *requests, *tasks)
    for n in range(60):
        assert driven.actions_of(200 + n) == driven.actions_of(300 + n) == [100 + n]


def test_a_click_record_alone_is_the_action_s_head() -> None:
    driven = decided(click_record(0, id=1), request(5, 50, id=2))
    assert driven.actions() == [1] and driven.actions_of(2) == [1]


# ------------------------------------------------------------------ pages by address
def test_another_route_in_the_same_tab_ends_the_action_and_has_events_of_its_own() -> None:
    driven = decided(
        click(0, id=1, view="", route="/list"),
        request(5, 900, id=2, view="", route="/list"),
        mutation(150, id=3, view="", route="/cart"),
        image(160, view="", route="/list", id=4),
    )
    assert driven.out[1]["action.loading_time"] == 150_000_000 and driven.out[1]["action.end_reason"] == "view"
    assert driven.actions_of(2) == [1] and driven.actions_of(3) == driven.actions_of(4) == []


def test_who_comes_back_to_an_address_is_back_in_its_view_which_ends_nothing() -> None:
    before = mutation(-5_000, view="", route="/cart"), mutation(-9_000, view="", route="/list")
    busy = click(0, id=1, view="", route="/list"), request(5, 900, view="", route="/list")
    driven = decided(*before, *busy, mutation(150, view="", route="/cart"))
    assert driven.out[1]["action.loading_time"] == 905_000_000


def test_a_span_without_an_address_is_of_its_ancestor_s_page_else_of_the_latest_open() -> None:
    driven = decided(
        click(0, id=1, view="", route="/list"),
        request(5, 300, id=2, view="", parent=1),
        request(6, 300, id=3, view=""),
    )
    assert driven.actions_of(2) == driven.actions_of(3) == [1]
