"""The nearest ancestor of a span, whatever its parents claim to be."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from otelrum.actions.event_class import EventClass
from otelrum.actions.lineage import Memo, nearest
from otelrum.actions.model import Event
from tests.actions.made import event, span_id

SIZE = 8


def family(parents: list[int]) -> list[Event]:
    """Spans 1, 2, ... of which each has this parent; 0 is none."""
    return [event(EventClass.DESCENDANT, n, id=n, parent=parent) for n, parent in enumerate(parents, start=1)]


def by_id(events: list[Event]) -> dict[bytes, Event]:
    return {one.id: one for one in events}


def walked(one: Event, spans: dict[bytes, Event], accepted: set[bytes]) -> Event | None:
    """The rule in its plainest words: go up until one is accepted, nobody is there or one was met before."""
    met: set[bytes] = set()
    while one.parent in spans and one.parent not in met:
        one = spans[one.parent]
        met.add(one.id)
        if one.id in accepted:
            return one
    return None


@given(
    st.lists(st.integers(0, SIZE + 1), min_size=SIZE, max_size=SIZE),
    st.sets(st.integers(1, SIZE)),
    st.permutations(range(SIZE)),
)
def test_the_answer_is_that_of_a_walk_whatever_was_asked_before(
    parents: list[int], accepted: set[int], order: list[int]
) -> None:
    events = family(parents)
    spans, accepted_ids = by_id(events), {span_id(n) for n in accepted}
    memo: Memo = {}
    for asked in order:
        found = nearest(events[asked], spans, lambda other: other.id in accepted_ids, memo)
        assert found is walked(events[asked], spans, accepted_ids)


def test_a_span_is_no_ancestor_of_itself_but_through_a_cycle() -> None:
    alone, a, b = family([0, 3, 2])
    spans = by_id([alone, a, b])
    assert nearest(alone, spans, lambda other: other is alone, {}) is None
    assert nearest(a, spans, lambda other: other is a, {}) is a


def test_a_long_chain_is_walked_once_however_many_ask() -> None:
    events = family(list(range(20_000)))
    spans, looks = by_id(events), list[Event]()
    memo: dict[Event, Event | None] = {}

    def accepts(other: Event) -> bool:
        looks.append(other)
        return other is events[0]

    assert all(nearest(one, spans, accepts, memo) is events[0] for one in reversed(events[1:]))
    assert len(looks) < 2 * len(events)
