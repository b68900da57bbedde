"""Clicks that wait are looked at burst by burst, and nothing joins two bursts (SPEC sections 4, 8 and 11)."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from otelrum.actions.bursts import bursts, may_be_due
from otelrum.actions.model import Event
from otelrum.actions.one_click import OneClick
from otelrum.actions.settings import SECOND, Settings
from tests.actions.made import Driven, at, click, click_record

MS = st.floats(0, 20_000).map(lambda ms: round(ms, 1))
CLICKS = st.lists(
    st.tuples(MS, st.sampled_from("ab"), st.sampled_from([0, 0, 5, 1500]), st.sampled_from(["", "", "g", "h"]))
)
TASKS = st.lists(st.tuples(MS, st.sampled_from([60.0, 2500.0])), max_size=3)


def made(clicks: list[tuple[float, str, float, str]]) -> list[Event]:
    events = []
    for number, (start_ms, target, length_ms, gesture) in enumerate(clicks, 1):
        events.append(click(start_ms, target, id=number, gesture=gesture))
        events[-1].end_ns = at(start_ms + length_ms)
    return events


def rule_of(events: list[Event], tasks: list[tuple[float, float]]) -> OneClick:
    long_tasks = sorted((at(start), at(start + length)) for start, length in tasks)
    return OneClick({one.id: one for one in events}, Settings(), lambda one: one.view, lambda _: long_tasks)


@given(CLICKS, TASKS)
def test_the_clicks_of_all_are_the_clicks_of_each_burst(
    clicks: list[tuple[float, str, float, str]], tasks: list[tuple[float, float]]
) -> None:
    events = made(clicks)
    rule = rule_of(events, tasks)
    whole = rule.groups(events) if events else []
    parts = [group for burst in bursts(events, rule) for group in rule.groups(burst)]
    assert sorted(sorted(one.id for one in group) for group in parts) == sorted(
        sorted(one.id for one in group) for group in whole
    )


@given(CLICKS)
def test_no_chain_goes_on_in_the_next_burst(clicks: list[tuple[float, str, float, str]]) -> None:
    events = made(clicks)
    starts = [sorted(event.start_ns for event in burst) for burst in bursts(events, rule_of(events, []))]
    for one, other in pairwise(starts):
        assert other[0] - one[-1] > 10**9


def due(*settings: str, clicks: tuple[Event, ...]) -> list[object]:
    """The numbers of the clicks that are looked at when the first of them, 2 s before the others, is due."""
    own = Settings(discard_overlaps="discard" in settings)
    driven = Driven(discard_overlaps=own.discard_overlaps)
    driven.take(clicks[0])
    driven.now_ns += 2 * SECOND
    driven.take(*clicks[1:])
    rule = rule_of(list(clicks), [])
    return [one.payload for one in may_be_due(driven.session(), rule, own, own.decision_wait_ns)]


def test_only_the_burst_of_which_something_is_due_is_looked_at() -> None:
    assert due(clicks=(click(0, id=1), click(900, id=2), click(2_000, id=3))) == [1, 2]


def test_a_gesture_joins_bursts_whatever_lies_between() -> None:
    clicks = (click(0, id=1, gesture="g"), click(5_000, id=2), click(9_000, id=3, gesture="g"), click(12_000, id=4))
    assert due(clicks=clicks) == [1, 2, 3]


def test_gestures_that_alternate_join_all_that_they_span() -> None:
    clicks = [click(5_000 * n, id=n + 1, gesture=gesture) for n, gesture in enumerate(["", "g", "h", "g", "", "h", ""])]
    found = [[one.payload for one in burst] for burst in bursts(clicks, rule_of(clicks, []))]
    assert found == [[1], [2, 3, 4, 5, 6], [7]]


def test_all_are_looked_at_where_more_than_time_joins_them() -> None:
    far = click(5_000, id=2)
    assert due(clicks=(click(0, id=1), far, click(9_000, id=3, parent=1))) == [1, 2, 3]
    assert due("discard", clicks=(click(0, id=1), click(5_000, id=2))) == [1, 2]
    assert due(clicks=(click(0, id=1), click_record(5_000, id=2))) == [1, 2]


def test_all_are_looked_at_where_32_may_overlap() -> None:
    assert len(due(clicks=tuple(click(2_000 * n, id=n + 1) for n in range(40)))) == 1
    crowd = (click(0, id=1), *(click(2_000 + n, str(n), id=n + 2) for n in range(33)))
    assert len(due(clicks=crowd)) == 34
