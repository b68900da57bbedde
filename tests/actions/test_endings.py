"""When and why the action of a click ends: idle, views, exits, presses, frames (SPEC sections 5 and 8)."""

from __future__ import annotations

import pytest

from otelrum.actions.event_class import EventClass
from otelrum.actions.gesture import Gesture
from otelrum.actions.model import Event
from otelrum.actions.settings import MS, DeadClick
from tests.actions.made import Driven, click, decided, error, event, frame, image, mutation, page_exit, request, task


def end(driven: Driven, number: int = 1) -> tuple[float | None, object]:
    """Loading time in ms and the reason of the end."""
    out = driven.out[number]
    loading = out.get("action.loading_time")
    return None if loading is None else int(loading) / MS, out["action.end_reason"]  # type: ignore[call-overload]


def pressed(press_ms: float, **fields: object) -> Event:
    """A click whose pointer went down so long before it."""
    return click(0, id=1, gesture=Gesture("g", press_ns=round(press_ms * MS)), **fields)  # type: ignore[arg-type]


# ------------------------------------------------------------------ reasons
def test_an_action_says_why_it_ended() -> None:
    assert end(decided(click(0, id=1))) == (None, "no_activity")
    assert end(decided(click(0, id=1), request(5, 50))) == (55, "idle")
    assert end(decided(click(0, id=1), request(5, 12_000))) == (10_000, "max_duration")
    assert end(decided(click(0, id=1), request(5, 900), mutation(300, view="w"))) == (300, "view")
    assert end(decided(click(0, id=1), request(5, 900), page_exit(300))) == (300, "page_exit")


def test_of_a_view_and_an_exit_the_first_is_the_reason() -> None:
    def busy() -> tuple[Event, ...]:
        return (click(0, id=1), request(5, 900))

    assert end(decided(*busy(), page_exit(200), mutation(300, view="w"))) == (200, "page_exit")
    assert end(decided(*busy(), page_exit(300), mutation(200, view="w"))) == (200, "view")


def test_a_rage_ends_for_the_reason_of_the_click_that_ends_last() -> None:
    def clicks() -> list[Event]:
        return [click(n * 200, id=n + 1) for n in range(3)]

    assert end(decided(*clicks())) == (None, "no_activity")
    assert end(decided(*clicks(), mutation(10))) == (400, "idle"), "the last had none, but another had"
    assert end(decided(*clicks(), request(410, 900), page_exit(700))) == (700, "page_exit")


# ------------------------------------------------------------------ exits
@pytest.mark.parametrize(("ms", "expected"), [(100, (100, "page_exit")), (100.001, (None, "no_activity"))])
def test_an_exit_while_the_click_waits_is_activity(ms: float, expected: object) -> None:
    driven = decided(click(0, id=1), page_exit(ms), dead_click=DeadClick.ALWAYS)
    assert end(driven) == expected
    assert ("action.frustration.type" in driven.out[1]) is (expected == (None, "no_activity"))


def test_an_exit_at_the_click_or_before_it_is_none_of_its_own() -> None:
    assert end(decided(click(0, id=1), request(5, 900), page_exit(0), page_exit(-50))) == (905, "idle")


def test_an_exit_ends_the_actions_of_its_tab_whatever_its_view() -> None:
    def busy() -> tuple[Event, ...]:
        return (click(0, id=1, tab="left"), request(5, 900, tab="left"))

    assert end(decided(*busy(), page_exit(300, tab="right"))) == (905, "idle")
    assert end(decided(*busy(), mutation(-50, view="w"), page_exit(300, view="w", tab="left"))) == (300, "page_exit")


def test_without_tab_ids_an_exit_ends_the_actions_of_its_view() -> None:
    def busy() -> tuple[Event, ...]:
        return (click(0, id=1), request(5, 900), mutation(-50, view="w"))

    assert end(decided(*busy(), page_exit(300, view="w"))) == (905, "idle")
    assert end(decided(*busy(), page_exit(300))) == (300, "page_exit")


def test_a_page_that_comes_back_was_left_all_the_same() -> None:
    assert end(decided(click(0, id=1), request(5, 900), page_exit(300), mutation(5_000))) == (300, "page_exit")


def test_errors_behind_an_exit_are_not_of_the_action_and_an_exit_is_of_none() -> None:
    driven = decided(click(0, id=1), request(5, 900), page_exit(300, id=2), error(300, id=8), error(300.001, id=9))
    assert (driven.actions_of(8), driven.actions_of(9), driven.actions_of(2)) == ([1], [], [])
    assert driven.out[1]["action.error.count"] == 1


# ------------------------------------------------------------------ presses
@pytest.mark.parametrize(
    ("one", "is_activity"),
    [
        (mutation(-200), True),
        (mutation(-100), True),
        (mutation(-99.999), False),
        (mutation(-200.001), False),
        (mutation(-250, 60), True),
        (request(-150, 5_000), True),
        (request(-300, 150), True),
        (request(-300, 5_000), False),
        (image(-150, 5_000), False),
        (image(-300, 150), True),
        (request(-150, 5_000, keeps_busy=False), False),
        (mutation(-150, view="w", tab="other"), False),
        (task(-180, 60), False),
    ],
)
def test_what_happened_soon_after_the_pointerdown_was_activity(one: Event, is_activity: bool) -> None:
    driven = decided(pressed(200, tab="own"), one, dead_click=DeadClick.ALWAYS)
    assert end(driven) == ((0, "idle") if is_activity else (None, "no_activity"))
    assert ("action.frustration.type" not in driven.out[1]) is is_activity


@pytest.mark.parametrize("blocked", [task(-180, 130), frame(-100, 50)])
def test_a_page_that_is_blocked_100_ms_after_the_pointerdown_looks_when_it_can(blocked: Event) -> None:
    assert end(decided(pressed(200), blocked, mutation(-49))) == (0, "idle")
    assert end(decided(pressed(200), blocked, mutation(-48.999))) == (None, "no_activity")


def test_of_a_short_press_only_the_time_before_the_click_counts() -> None:
    assert end(decided(pressed(50), mutation(-20))) == (0, "idle")
    assert end(decided(pressed(50), mutation(110))) == (None, "no_activity")


def test_activity_after_the_click_counts_more_than_the_press() -> None:
    assert end(decided(pressed(200), mutation(-150), mutation(50))) == (50, "idle")


def test_where_no_press_is_reported_nothing_is_known_of_the_time_before() -> None:
    assert end(decided(click(0, id=1, gesture="g"), mutation(-150))) == (None, "no_activity")


# ------------------------------------------------------------------ views and routes
def navigation(ms: float, url: str, **fields: object) -> Event:
    one = event(EventClass.NAVIGATION, ms, is_record=True, **fields)  # type: ignore[arg-type]
    one.url = url
    return one


@pytest.mark.parametrize(
    ("url", "is_another"),
    [
        ("https://x/cart", True),
        ("https://x/list?page=2", False),
        ("https://x/list#reviews", False),
        ("https://x/list#/cart", True),
        ("https://x/list#!cart", True),
        ("https://x/list#/?page=2", True),
    ],
)
def test_another_path_or_route_is_another_view(url: str, is_another: bool) -> None:
    driven = Driven()
    driven.take(event(EventClass.DOCUMENT, -500), attributes={"view.url": "https://x/list"})
    driven.take(click(0, id=1), request(5, 895), navigation(300, url))
    driven.drain()
    assert end(driven) == ((300, "view") if is_another else (900, "idle"))


def test_a_navigation_is_held_against_the_one_before_it() -> None:
    driven = decided(
        navigation(-900, "https://x/cart"),
        navigation(300, "https://x/cart?page=2"),
        navigation(500, "https://x/cart#/pay?step=1"),
        navigation(700, "https://x/cart#/pay?step=2"),
        click(0, id=1),
        request(5, 895),
    )
    assert end(driven) == (500, "view")


def test_a_resource_span_shows_that_the_view_lives_on() -> None:
    def busy() -> tuple[Event, ...]:
        return (click(0, id=1), request(5, 900))

    assert end(decided(*busy(), mutation(300, view="w"), image(1_300.001))) == (905, "idle")
    assert end(decided(*busy(), mutation(300, view="w"), image(1_300))) == (300, "view")
    assert end(decided(*busy(), mutation(300, view="w"), frame(1_400, 60), error(1_400))) == (300, "view")


# ------------------------------------------------------------------ frames
def long_tasks(*events: Event) -> object:
    return decided(click(0, id=1), mutation(60), *events).out[1]["action.long_task.count"]


@pytest.mark.parametrize(
    ("one", "is_counted"),
    [
        (frame(-1, 60), True),
        (frame(-1.001, 60), False),
        (frame(50, 60, reported_ms=110), True),
        (frame(50, 60, reported_ms=110.001), False),
        (frame(70, 60), True),
        (frame(160, 60), True),
        (frame(160.001, 60), False),
        (frame(100, 90), True),
    ],
)
def test_the_frames_that_count_start_in_the_action_and_were_reported_when_it_stopped(
    one: Event, is_counted: bool
) -> None:
    assert long_tasks(one) == is_counted


def test_what_was_reported_after_the_user_left_does_not_count() -> None:
    def busy() -> tuple[Event, ...]:
        return (click(0, id=1), request(5, 900), frame(100, 60), frame(250, 60))

    assert decided(*busy(), page_exit(300)).out[1]["action.long_task.count"] == 1
    assert decided(*busy(), mutation(309, view="w")).out[1]["action.long_task.count"] == 1
    assert decided(*busy(), mutation(310, view="w")).out[1]["action.long_task.count"] == 2


def test_a_session_that_says_frames_counts_no_long_tasks() -> None:
    assert long_tasks(task(20, 60)) == 1
    assert long_tasks(task(20, 60), frame(-9_000, 60, view="w", tab="other")) == 0


def test_a_long_task_that_a_timer_reported_is_a_member_and_not_counted() -> None:
    driven = decided(click(0, id=1), task(50, 100, id=2, is_counted=False), mutation(151))
    assert end(driven) == (151, "idle"), "it moves the deadline"
    assert driven.out[1]["action.long_task.count"] == 0 and driven.actions_of(2) == [1]


def test_a_frame_moves_deadlines_and_is_a_member_where_it_overlaps() -> None:
    driven = decided(click(0, id=1), frame(50, 100, id=2), mutation(151), frame(152, 60, id=3))
    assert end(driven) == (151, "idle")
    assert driven.actions_of(2) == [1] and driven.actions_of(3) == []


def test_a_frame_opens_no_view() -> None:
    assert end(decided(click(0, id=1), request(5, 900), frame(300, 60, view="w"))) == (905, "idle")


def test_the_100_ms_of_errors_are_not_those_of_the_idle_rule() -> None:
    driven = decided(click(0, id=1), mutation(10), error(110), error(110.001), idle_ns=20 * MS)
    assert driven.out[1]["action.error.count"] == 1
