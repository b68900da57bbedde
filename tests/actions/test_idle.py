"""When an action ends: every edge of the idle rule (SPEC section 5)."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otelrum.actions.idle import End, EndReason, Interval, activity_end, deadline, merged

MS = 10**6
IDLE, CAP = 100 * MS, 10_000 * MS
T0 = 1_000_000 * MS


def end_ms(
    activities: list[tuple[float, float]],
    tasks: Sequence[tuple[float, float]] = (),
    view_end: float | None = None,
) -> float | None:
    """The end in ms after t0, of activities in ms after t0."""
    end = activity_end(
        T0,
        sorted(_at(*one) for one in activities),
        merged(_at(*one) for one in tasks),
        IDLE,
        CAP,
        None if view_end is None else End(T0 + round(view_end * MS), EndReason.VIEW),
    )
    return None if end.reason is EndReason.NO_ACTIVITY else (end.time_ns - T0) / MS


def _at(start_ms: float, end: float) -> Interval:
    return T0 + round(start_ms * MS), T0 + round(end * MS)


@pytest.mark.parametrize(
    ("activities", "expected"),
    [
        ([], None),
        ([(100, 100)], 100),
        ([(100.000001, 200)], None),
        ([(0, 0)], 0),
        ([(-1, -1)], 0),
        ([(-1.000001, -1.000001)], None),
        ([(10, 50), (150, 150)], 150),
        ([(10, 50), (150.000001, 151)], 50),
        ([(10, 500), (20, 30), (600, 600)], 600),
        ([(10, 20_000)], 10_000),
        ([(10, 9_950), (10_050, 10_060)], 10_000),
        ([(10, 9_900)], 10_000),
        ([(10, 9_899)], 9_899),
    ],
    ids=str,
)
def test_an_action_ends_at_the_last_activity_before_a_pause(
    activities: list[tuple[float, float]], expected: float | None
) -> None:
    assert end_ms(activities) == expected


@pytest.mark.parametrize(
    ("tasks", "activity", "expected"),
    [
        ([(50, 300)], 301, 301),
        ([(50, 300)], 301.5, None),
        ([(50, 100)], 101, 101),
        ([(101, 300)], 150, None),
        ([(50, 300), (290, 400)], 401, 401),
        ([(50, 300), (300.5, 500)], 501, 501),
        ([(50, 300), (302, 500)], 501, None),
    ],
    ids=str,
)
def test_a_deadline_in_a_long_task_moves_behind_it(
    tasks: list[tuple[float, float]], activity: float, expected: float | None
) -> None:
    assert end_ms([(activity, activity)], tasks) == expected


@pytest.mark.parametrize(
    ("activities", "view_end", "expected"),
    [
        ([(5, 800)], 300, 300),
        ([], 50, 50),
        ([], 100, 100),
        ([], 101, None),
        ([(5, 50)], 150, 150),
        ([(5, 50)], 151, 50),
        ([(5, 20_000)], 10_000, 10_000),
        ([(5, 20_000)], 15_000, 10_000),
        ([], 0, 0),
    ],
    ids=str,
)
def test_the_end_of_the_view_ends_what_is_alive(
    activities: list[tuple[float, float]], view_end: float, expected: float | None
) -> None:
    assert end_ms(activities, view_end=view_end) == expected


intervals = st.tuples(st.integers(-50, 12_000), st.integers(0, 3_000)).map(lambda one: (one[0], one[0] + one[1]))
many = st.lists(intervals, max_size=8)


@given(many, many)
def test_no_action_is_longer_than_it_may_be(activities: list[tuple[int, int]], tasks: list[tuple[int, int]]) -> None:
    end = end_ms(list(activities), list(tasks))
    assert end is None or 0 <= end <= 10_000


@given(many, intervals, many)
def test_more_activity_never_ends_it_earlier(
    activities: list[tuple[int, int]], more: tuple[int, int], tasks: list[tuple[int, int]]
) -> None:
    before = end_ms(list(activities), list(tasks))
    after = end_ms([*activities, more], list(tasks))
    assert (after if after is not None else -1) >= (before if before is not None else -1)


@given(many, st.integers(-(10**15), 10**15))
def test_only_distances_count(activities: list[tuple[int, int]], by_ns: int) -> None:
    own = sorted(_at(*one) for one in activities)
    moved = [(start + by_ns, end + by_ns) for start, end in own]
    end, other = activity_end(T0, own, [], IDLE, CAP), activity_end(T0 + by_ns, moved, [], IDLE, CAP)
    assert (end.time_ns + by_ns, end.reason) == other


@given(many)
def test_merged_tasks_cover_the_same_and_touch_nowhere(tasks: list[tuple[int, int]]) -> None:
    found = merged(tasks)
    assert all(before[1] < after[0] for before, after in itertools.pairwise(found))
    for start, end in tasks:
        assert any(low <= start and end <= high for low, high in found)


@given(st.integers(0, 12_000), many)
def test_a_deadline_never_moves_back_and_ends_in_no_task(at: int, tasks: list[tuple[int, int]]) -> None:
    found = merged((start * MS, end * MS) for start, end in tasks)
    moved = deadline(at * MS, found)
    assert moved >= at * MS
    assert not any(start <= moved <= end for start, end in found)
