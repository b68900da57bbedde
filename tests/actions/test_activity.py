"""Activity joined to stretches gives every click the same end as each interval of it would."""

from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from otelrum.actions.activity import Intervals, Stretches
from otelrum.actions.event_class import EventClass
from otelrum.actions.idle import Interval, activity_end, deadline, merged
from otelrum.actions.model import Event

MS = 10**6
IDLE, CAP = 100 * MS, 2_000 * MS


def event(kind: int, start_ms: int, length_ms: int, is_request: bool, keeps_busy: bool) -> Event:
    start, end = start_ms * MS, (start_ms + length_ms) * MS
    return Event(kind, start, end, is_request=is_request and kind is EventClass.RESOURCE, keeps_busy=keeps_busy)


times = st.one_of(st.integers(0, 3_000), st.sampled_from([0, 99, 100, 101, 200, 1000]))
events = st.lists(
    st.builds(
        event,
        st.sampled_from([EventClass.RESOURCE, EventClass.RESOURCE, EventClass.MUTATION]),
        times,
        st.one_of(st.integers(0, 900), st.just(0), st.just(100)),
        st.booleans(),
        st.sampled_from([True, True, True, False]),
    ),
    max_size=12,
).map(lambda found: sorted(found, key=lambda one: one.start_ns))
tasks = st.lists(st.tuples(times, st.integers(50, 400)).map(lambda t: (t[0] * MS, (t[0] + t[1]) * MS)), max_size=3)


def seen_by(t0: int, all_events: list[Event]) -> list[Interval]:
    """What a click sees, interval by interval: the rule's own words (SPEC section 5)."""
    seen = []
    for one in all_events:
        if not one.keeps_busy or one.end_ns < t0 - MS:
            continue
        if one.kind is EventClass.MUTATION:
            seen += [(one.start_ns, one.start_ns), (one.end_ns, one.end_ns)]
        elif one.is_request and one.start_ns >= t0 - MS:
            seen.append((one.start_ns, one.end_ns))
        else:
            seen.append((one.end_ns, one.end_ns))
    return sorted(interval for interval in seen if interval[0] >= t0 - MS)


@settings(max_examples=500)
@given(events, tasks, times)
def test_stretches_end_where_their_intervals_end(all_events: list[Event], long: list[Interval], t0_ms: int) -> None:
    t0, busy = t0_ms * MS, merged(long)
    activity = Stretches(all_events, lambda last: deadline(last + IDLE, busy))
    stretches = list(activity.stretches(t0 - MS, t0 + CAP))
    intervals = list(Intervals(all_events).stretches(t0 - MS, t0 + CAP))
    plain = activity_end(t0, seen_by(t0, all_events), busy, IDLE, CAP)
    assert activity_end(t0, stretches, busy, IDLE, CAP) == plain
    assert activity_end(t0, intervals, busy, IDLE, CAP) == plain


@given(events, times)
def test_stretches_come_in_order_with_a_pause_between(all_events: list[Event], t0_ms: int) -> None:
    activity = Stretches(all_events, lambda last: last + IDLE)
    found = list(activity.stretches(t0_ms * MS, (t0_ms + 5_000) * MS))
    assert all(after[0] > before[1] + IDLE for before, after in itertools.pairwise(found))
