"""When two interactions are one click: by gesture, else by time, place and ancestor (SPEC section 4)."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otelrum.actions.model import Event
from otelrum.actions.one_click import OneClick, gesture_of
from otelrum.actions.settings import Settings
from tests.actions.made import at, click


def rule(*events: Event, tasks: list[tuple[float, float]] | None = None) -> OneClick:
    spans = {one.id: one for one in events}
    long_tasks = sorted((at(start), at(end)) for start, end in tasks or [])
    return OneClick(spans, Settings(), lambda one: one.view, lambda _: long_tasks)


def groups(*events: Event, tasks: list[tuple[float, float]] | None = None) -> list[list[object]]:
    """The clicks as the numbers of their events."""
    found = rule(*events, tasks=tasks).groups(events)
    return sorted(sorted(one.payload for one in group) for group in found)  # type: ignore[type-var]


def lasting(start_ms: float, length_ms: float, id: int, target: str = "b", view: str = "v", gesture: str = "") -> Event:
    one = click(start_ms, target, id=id, view=view, gesture=gesture)
    one.end_ns = at(start_ms + length_ms)
    return one


def test_spans_of_one_gesture_are_one_click_whatever_their_times_and_views() -> None:
    assert groups(click(0, id=1, gesture="g"), click(9_000, "other", id=2, gesture="g", view="w")) == [[1, 2]]


def test_spans_of_different_gestures_never_are() -> None:
    assert groups(click(0, id=1, gesture="g"), click(1, id=2, gesture="h")) == [[1], [2]]
    assert groups(click(0, id=1, gesture="g"), click(1, id=2, gesture="h", parent=1)) == [[1], [2]]


def test_a_span_without_an_id_goes_to_the_gesture_that_it_fits() -> None:
    assert groups(click(0, id=1, gesture="g"), click(30, "other", id=2)) == [[1, 2]]
    assert groups(click(0, id=1, gesture="g"), click(30.001, "other", id=2)) == [[1], [2]]


def test_one_that_fits_two_gestures_goes_to_the_nearest() -> None:
    assert groups(click(0, id=1, gesture="g"), click(12, id=2), click(20, id=3, gesture="h")) == [[1], [2, 3]]
    assert groups(click(0, id=1, gesture="g"), click(8, id=2), click(20, id=3, gesture="h")) == [[1, 2], [3]]


def test_each_of_a_row_goes_to_the_gesture_that_it_fits_itself() -> None:
    row = (click(0, id=1, gesture="g"), click(25, id=2), click(40, id=3), click(65, id=4, gesture="h"))
    assert groups(*row) == [[1, 2], [3, 4]]


def test_what_fits_no_gesture_itself_goes_with_its_neighbour() -> None:
    assert groups(click(0, id=1, gesture="g"), click(25, id=2), click(50, id=3)) == [[1, 2, 3]]


def test_another_page_at_the_same_time_is_another_click() -> None:
    assert groups(click(0, id=1), click(5, id=2, view="w")) == [[1], [2]]


def test_a_descendant_is_of_its_ancestor_s_click_whatever_their_views() -> None:
    assert groups(click(0, id=1), click(9_000, "other", id=2, parent=1, view="w")) == [[1, 2]]


@pytest.mark.parametrize(
    ("start_ms", "expected"),
    [(398, [[1, 2]]), (397.999, [[1], [2]]), (402, [[1, 2]]), (402.001, [[1], [2]])],
)
def test_the_next_listener_starts_within_2_ms_of_the_end_of_the_one_before(
    start_ms: float, expected: list[list[object]]
) -> None:
    first, second = lasting(0, 400, id=1), lasting(start_ms, 5, id=2)
    assert groups(first, second) == expected
    assert rule().fits(first, second) is rule().fits(second, first) is (len(expected) == 1)


def test_listeners_that_run_one_after_the_other_are_one_click() -> None:
    assert groups(*(lasting(n * 151, 150, id=n + 1) for n in range(20))) == [list(range(1, 21))]


def test_a_listener_of_another_target_page_or_event_is_no_next_one() -> None:
    assert groups(lasting(0, 400, id=1), lasting(401, 5, id=2, target="c")) == [[1], [2]]
    assert groups(lasting(0, 400, id=1), lasting(401, 5, id=2, view="w")) == [[1], [2]]
    assert groups(lasting(0, 400, id=1), click(401, type="keydown", id=2)) == [[1], [2]]


def test_a_click_within_another_s_span_is_one_of_its_own() -> None:
    assert groups(lasting(0, 900, id=1), lasting(400, 5, id=2)) == [[1], [2]]


def test_keys_pressed_and_clicks_in_one_long_task_are_two() -> None:
    task = [(0.0, 300.0)]
    assert groups(click(0, id=1), click(200, id=2), tasks=task) == [[1, 2]]
    assert groups(click(0, id=1), click(200, type="keydown", id=2), tasks=task) == [[1], [2]]


placed = st.tuples(
    st.integers(0, 200), st.sampled_from([0, 0, 40]), st.sampled_from("ab"), st.sampled_from(["", "", "g", "h"])
)


@given(st.lists(placed, min_size=1, max_size=8))
def test_no_click_has_two_gestures_and_each_gesture_is_one_click(drawn: list[tuple[int, int, str, str]]) -> None:
    events = [
        lasting(ms, length, n, target, gesture=gesture) for n, (ms, length, target, gesture) in enumerate(drawn, 1)
    ]
    found = rule(*events).groups(events)
    known = [{gesture_of(one) for one in group} - {""} for group in found]
    assert all(len(ids) <= 1 for ids in known)
    named = [id for ids in known for id in ids]
    assert len(named) == len(set(named))


@given(st.lists(placed, min_size=1, max_size=8))
def test_without_gestures_the_clicks_are_all_that_fit_pair_by_pair(drawn: list[tuple[int, int, str, str]]) -> None:
    events = [lasting(ms, length, n, target) for n, (ms, length, target, _) in enumerate(drawn, 1)]
    known = rule(*events)
    plain = [{one} for one in events]
    for a, b in itertools.combinations(events, 2):
        if known.fits(a, b):
            met = [group for group in plain if a in group or b in group]
            plain = [group for group in plain if group not in met] + [set().union(*met)]
    assert {frozenset(group) for group in known.groups(events)} == {frozenset(group) for group in plain}
