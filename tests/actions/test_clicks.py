"""Which interaction spans and records are one click, and which of them is the action span (SPEC sections 4 and 12)."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otelrum.actions.clicks import clicks_of
from otelrum.actions.event_class import EventClass
from otelrum.actions.idle import Interval
from otelrum.actions.model import Click, Event
from otelrum.actions.one_click import OneClick
from otelrum.actions.settings import Settings
from tests.actions.made import at, click, click_record, event

MAX_MS = 10_000


def clicks(*events: Event, tasks: list[tuple[float, float]] | None = None) -> list[Click]:
    """The clicks of a page with these spans; only interactions are asked for, all may be ancestors."""
    spans = {one.id: one for one in events if not one.is_record}
    for order, one in enumerate(events):
        one.arrived_ns = order
    long_tasks: list[Interval] = sorted((at(start), at(end)) for start, end in tasks or [])
    rule = OneClick(spans, Settings(), lambda one: one.view, lambda _: long_tasks)
    return clicks_of([one for one in events if one.kind is EventClass.INTERACTION], rule)


def groups(*events: Event, tasks: list[tuple[float, float]] | None = None) -> list[list[object]]:
    """The clicks as the numbers of their events."""
    return [sorted(one.payload for one in found.events) for found in clicks(*events, tasks=tasks)]  # type: ignore[type-var]


@pytest.mark.parametrize(("distance_ms", "expected"), [(0, 1), (30, 1), (30.000001, 2), (500, 2)])
def test_spans_that_start_within_30_ms_are_one_click(distance_ms: float, expected: int) -> None:
    assert len(clicks(click(0, "a"), click(distance_ms, "b"))) == expected


def test_each_may_start_30_ms_after_the_one_before() -> None:
    assert groups(click(0, id=1), click(25, id=2), click(50, id=3), click(81, id=4)) == [[1, 2, 3], [4]]


@pytest.mark.parametrize(("later_ms", "expected"), [(MAX_MS, [[1, 2]]), (MAX_MS + 0.000001, [[1], [2]])])
def test_a_descendant_is_of_its_ancestor_s_click_while_that_may_last(
    later_ms: float, expected: list[list[object]]
) -> None:
    assert groups(click(0, id=1), click(later_ms, "other", id=2, parent=1)) == expected


def test_the_ancestor_is_found_through_other_spans() -> None:
    between = event(EventClass.DESCENDANT, 100, id=2, parent=1)
    assert groups(click(0, id=1), between, click(900, "other", id=3, parent=2)) == [[1, 3]]


@pytest.mark.parametrize(
    ("second", "tasks", "expected"),
    [
        (click(200, "b", id=2), [(0, 200)], [[1, 2]]),
        (click(200, "b", id=2), [(0, 199)], [[1], [2]]),
        (click(200, "b", id=2), [(1, 300)], [[1], [2]]),
        (click(200, "b", id=2), [(0, 100), (100, 200)], [[1], [2]]),
        (click(200, "b", id=2), [(-50, 400), (0, 10)], [[1, 2]]),
        (click(200, "another", id=2), [(0, 400)], [[1], [2]]),
    ],
    ids=["spans both", "ends before", "begins after", "in two tasks", "the longest of several", "another target"],
)
def test_one_target_in_one_long_task_is_one_click(
    second: Event, tasks: list[tuple[float, float]], expected: list[list[object]]
) -> None:
    assert groups(click(0, "b", id=1), second, tasks=tasks) == expected


def test_a_click_elsewhere_in_a_long_task_does_not_part_two_of_one_target() -> None:
    assert groups(click(0, "b", id=1), click(100, "a", id=2), click(200, "b", id=3), tasks=[(0, 300)]) == [[1, 3], [2]]


def test_the_action_span_is_the_earliest() -> None:
    assert clicks(click(10, id=1), click(0, id=2))[0].head.payload == 2


def test_of_equals_the_ancestor_is_the_action_span_then_the_smaller_id_then_the_first_that_came() -> None:
    assert clicks(click(0, id=1, parent=9), click(0, id=9))[0].head.payload == 9
    assert clicks(click(0, id=7), click(0, id=3))[0].head.payload == 3
    # The same span id in two traces: nothing but the arrival distinguishes them.
    assert clicks(click(0, id=5, trace=2), click(0, id=5, trace=1))[0].head.id == click(0, id=5, trace=2).id


def test_equals_that_are_each_other_s_parents_still_have_an_action_span() -> None:
    assert clicks(click(0, id=2, parent=1), click(0, id=1, parent=2))[0].head.payload == 1


def test_a_record_goes_to_the_click_of_the_span_in_its_context() -> None:
    assert groups(click(0, id=1), click(200, id=2), click_record(190, id=3, parent=1)) == [[1, 3], [2]]


def test_a_record_goes_to_the_nearest_span_within_30_ms() -> None:
    assert groups(click(0, id=1), click(50, id=2), click_record(29, id=3)) == [[1], [2, 3]]
    assert groups(click(0, id=1), click(50, id=2), click_record(20, id=3)) == [[1, 3], [2]]
    assert groups(click(0, id=1), click_record(30, id=2)) == [[1, 2]]
    assert groups(click(0, id=1), click_record(31, id=2)) == [[1], [2]]


def test_a_record_never_joins_two_spans() -> None:
    assert groups(click(0, id=1), click_record(25, id=2), click(50, id=3)) == [[1, 2], [3]]


def test_records_alone_are_grouped_as_spans_are() -> None:
    assert groups(click_record(0, id=1), click_record(30, id=2), click_record(100, id=3)) == [[1, 2], [3]]


def test_the_span_is_the_action_span_even_where_a_record_is_earlier() -> None:
    found = clicks(click_record(0, id=1), click(10, id=2))
    assert [(one.head.payload, one.start_ns) for one in found] == [(2, at(10))]


def test_a_record_s_custom_name_counts_and_the_selector_stays_the_span_s() -> None:
    (found,) = clicks(click(0, "span-s"), click_record(2, "record-s", name="Pay now"))
    assert (found.target.name, found.target.selector) == ("Pay now", "#span-s")
    (found,) = clicks(click(0, "span-s"), click_record(2, "record-s"))
    assert found.target.name == "#span-s"


interactions = st.lists(
    st.tuples(st.integers(0, 200), st.sampled_from("ab"), st.integers(0, 6), st.booleans()), min_size=1, max_size=7
)


def made(drawn: list[tuple[int, str, int, bool]]) -> list[Event]:
    return [
        click_record(start, target, id=n, parent=parent)
        if is_record
        else click(start, target, id=n, parent=parent if parent != n else 0)
        for n, (start, target, parent, is_record) in enumerate(drawn, start=1)
    ]


@given(interactions, st.permutations(range(7)))
def test_each_interaction_is_of_one_click_whatever_the_order(
    drawn: list[tuple[int, str, int, bool]], order: list[int]
) -> None:
    tasks: list[tuple[float, float]] = [(40, 90)]
    found = clicks(*made(drawn), tasks=tasks)
    again = clicks(*(made(drawn)[n] for n in order if n < len(drawn)), tasks=tasks)
    assert sorted(one.payload for group in found for one in group.events) == list(range(1, len(drawn) + 1))  # type: ignore[type-var]
    assert [one.head.payload for one in found] == [one.head.payload for one in again]
    assert [{one.payload for one in group.events} for group in found] == [
        {one.payload for one in group.events} for group in again
    ]
    assert all(a.start_ns <= b.start_ns for a, b in itertools.pairwise(found))


def test_very_many_clicks_at_one_moment_cost_no_more_than_others() -> None:
    """Each compared with all others they would take minutes."""
    (found,) = clicks(*(click(0, id=n) for n in range(20_000)))
    assert len(found.events) == 20_000


placed = st.tuples(st.integers(0, 400), st.sampled_from("ab"))
tasked = st.tuples(st.integers(0, 400), st.integers(50, 120))


def joined_by_hand(starts: list[tuple[int, str]], tasks: list[tuple[int, int]]) -> set[frozenset[int]]:
    """Pair by pair: within 30 ms, or one target in one long task."""
    found = [{n} for n in range(len(starts))]
    for (a, (one_ms, one)), (b, (other_ms, other)) in itertools.combinations(enumerate(starts), 2):
        low, high = sorted((one_ms, other_ms))
        is_in_task = one == other and any(start <= low and high <= start + length for start, length in tasks)
        if high - low <= 30 or is_in_task:
            met = [group for group in found if a in group or b in group]
            found = [group for group in found if group not in met] + [set().union(*met)]
    return {frozenset(group) for group in found}


@given(st.lists(placed, min_size=1, max_size=6), st.lists(tasked, max_size=3))
def test_spans_without_parents_are_joined_by_time_and_by_long_tasks_alone(
    starts: list[tuple[int, str]], tasks: list[tuple[int, int]]
) -> None:
    found = groups(
        *(click(ms, target, id=number + 1) for number, (ms, target) in enumerate(starts)),
        tasks=[(start, start + length) for start, length in tasks],
    )
    assert {frozenset(n - 1 for n in group) for group in found} == joined_by_hand(starts, tasks)  # type: ignore[operator]


def test_a_record_of_another_gesture_is_another_click_however_near() -> None:
    assert groups(click(0, id=1, gesture="g"), click_record(5, id=2, gesture="h")) == [[1], [2]]
    assert groups(click(0, id=1), click_record(5, id=2, gesture="h"), click_record(6, id=3, gesture="i")) == [
        [1, 2],
        [3],
    ]
    assert groups(click(0, id=1, gesture="g"), click_record(9_000, id=2, gesture="g")) == [[1, 2]]
