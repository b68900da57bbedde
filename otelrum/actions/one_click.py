"""When are two interactions one click? The rule of SPEC section 4, and the groups that it makes."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import Final, NamedTuple

from otelrum.actions.idle import Interval
from otelrum.actions.lineage import Memo, Spans, parent_click
from otelrum.actions.model import Event, interaction
from otelrum.actions.settings import NEXT_LISTENER_NS, Settings

_MAX_LISTENERS: Final = 16
"""Listeners of a click that end at one moment and are looked at: on a real page it is one."""

Pair = tuple[Event, Event]


def gesture_of(event: Event) -> str:
    """The id of the gesture that an interaction is of; empty where the page reports none."""
    return interaction(event).gesture.id


class ClickPlace(NamedTuple):
    """Where interactions of one click act."""

    view: str
    event_type: str
    selector: str


class OneClick:
    """The rule for the interactions of one session.

    `view_of` gives an event's view, `tasks_of` when the long tasks of a view ran, by start; None: of all views.
    """

    def __init__(
        self,
        spans: Spans,
        settings: Settings,
        view_of: Callable[[Event], str],
        tasks_of: Callable[[str | None], list[Interval]],
    ) -> None:
        self.view_of = view_of
        self.same_click_ns = settings.same_click_ns
        self._spans = spans
        self._max_duration_ns = settings.max_duration_ns
        self._tasks_of = tasks_of
        self._tasks: dict[str | None, _Tasks] = {}
        self._places: dict[Event, ClickPlace] = {}
        self._memo: Memo = {}

    def ancestor(self, event: Event) -> Event | None:
        """The nearest interaction span that an event descends from."""
        ancestor = parent_click(event, self._spans, self._memo) if event.parent else None
        return None if ancestor is event else ancestor

    def fits(self, a: Event, b: Event) -> bool:
        """Whether two interactions are one click, as far as nothing else is known."""
        gesture_a, gesture_b = gesture_of(a), gesture_of(b)
        if gesture_a and gesture_b:
            return gesture_a == gesture_b
        distance_ns = abs(a.start_ns - b.start_ns)
        if distance_ns <= self._max_duration_ns and (self.ancestor(a) is b or self.ancestor(b) is a):
            return True
        place = self._place(a)
        if place.view != self.view_of(b):
            return False
        if distance_ns <= self.same_click_ns:
            return True
        return place == self._place(b) and (_follow(a, b) or self._share_task(place.view, a, b))

    def groups(self, interactions: Iterable[Event]) -> list[list[Event]]:
        """The clicks that these make, neighbour by neighbour.

        Different gestures never are one click, so an interaction without an id goes first of all to the
        nearest gesture that it fits, and what is left to the nearest of all.
        """
        events = sorted(interactions, key=by_start)
        if len(events) == 1:
            return [events]
        union = _Union(events)
        near = dict.fromkeys(self._pairs(events))  # each once, in whichever line it was found
        pairs = sorted([pair for pair in near if _is_open(pair) and self.fits(*pair)], key=_distance_ns)
        placed: set[Event] = set()
        for pair in pairs:
            loose = [event for event in pair if not gesture_of(event)]
            if len(loose) == 1 and loose[0] not in placed:
                placed.add(loose[0])
                union.join(*pair)
        for pair in pairs:
            union.join(*pair)
        return union.groups()

    def _pairs(self, events: list[Event]) -> Iterator[Pair]:
        """All that can fit: neighbours on their page, or of one place, and descendants."""
        pages: dict[str, list[Event]] = defaultdict(list)
        places: dict[ClickPlace, list[Event]] = defaultdict(list)
        known = set(events)
        for event in events:
            place = self._place(event)
            pages[place.view].append(event)
            places[place].append(event)
            ancestor = self.ancestor(event) if event.parent else None
            if ancestor is not None and ancestor in known:
                yield ancestor, event
        for line in [*pages.values(), *places.values()]:
            yield from pairwise(line)
            yield from _beside_gestures(line)
            yield from _beside_gestures(line[::-1])
        for line in places.values():
            yield from _followers(line, self.same_click_ns)

    def _place(self, event: Event) -> ClickPlace:
        place = self._places.get(event)
        if place is None:
            facts = interaction(event)
            place = self._places[event] = ClickPlace(self.view_of(event), facts.event_type, facts.target.selector)
        return place

    def _share_task(self, view: str, a: Event, b: Event) -> bool:
        from_ns, to_ns = min(a.start_ns, b.start_ns), max(a.start_ns, b.start_ns)
        return self.may_share_task(from_ns, to_ns) and self._tasks_in(view).cover(from_ns, to_ns)

    def may_share_task(self, from_ns: int, to_ns: int) -> bool:
        """Whether a task of any view is so long: nearly always none is. Which view it is of costs more to know."""
        return self._tasks_in(None).cover(from_ns, to_ns)

    def _tasks_in(self, view: str | None) -> _Tasks:
        tasks = self._tasks.get(view)
        if tasks is None:
            tasks = self._tasks[view] = _Tasks(self._tasks_of(view))
        return tasks


class _Tasks:
    """The long tasks of a page."""

    def __init__(self, tasks: list[Interval]) -> None:
        self._starts = [start_ns for start_ns, _ in tasks]
        self._ends: list[int] = []
        """The latest end of each and all before it."""
        for _, end_ns in tasks:
            self._ends.append(max(end_ns, self._ends[-1]) if self._ends else end_ns)

    def cover(self, from_ns: int, to_ns: int) -> bool:
        """Whether both moments are in one of them."""
        at = bisect_right(self._starts, from_ns) - 1
        return at >= 0 and self._ends[at] >= to_ns


class _Union:
    """Sets of interactions that are joined, each known by one of them; none holds two gestures."""

    def __init__(self, events: list[Event]) -> None:
        self._root = {event: event for event in events}
        self._gestures = {event: gesture_of(event) for event in events}
        first: dict[str, Event] = {}
        for event in events:
            if gesture := gesture_of(event):
                self.join(first.setdefault(gesture, event), event)

    def join(self, a: Event, b: Event) -> None:
        """Make one set of two, unless they are different gestures."""
        a, b = self._find(a), self._find(b)
        gesture_a, gesture_b = self._gestures[a], self._gestures[b]
        if gesture_a and gesture_b and gesture_a != gesture_b:
            return
        self._root[b] = a
        self._gestures[a] = gesture_a or gesture_b

    def groups(self) -> list[list[Event]]:
        """The sets, in the order in which their first events were given."""
        found: dict[Event, list[Event]] = {}
        for event in self._root:
            found.setdefault(self._find(event), []).append(event)
        return list(found.values())

    def _find(self, event: Event) -> Event:
        root = self._root
        while root[event] is not event:
            root[event] = root[root[event]]
            event = root[event]
        return event


def by_start(event: Event) -> tuple[int, bytes]:
    """The order of interactions (SPEC section 4)."""
    return event.start_ns, event.id


def _beside_gestures(line: list[Event]) -> Iterator[Pair]:
    """Each event with the last one before it in the line that names its gesture."""
    last_of_gesture: Event | None = None
    for event in line:
        if last_of_gesture is not None:
            yield last_of_gesture, event
        if gesture_of(event):
            last_of_gesture = event


def _followers(line: list[Event], same_click_ns: int) -> Iterator[Pair]:
    """Pairs of which one starts when the other ends; those that start together are neighbours already."""
    ended = sorted(line, key=_end)
    ends_ns = [event.end_ns for event in ended]
    for event in line:
        first = bisect_left(ends_ns, event.start_ns - NEXT_LISTENER_NS)
        until = bisect_right(ends_ns, event.start_ns + NEXT_LISTENER_NS)
        for other in ended[first : min(until, first + _MAX_LISTENERS)]:
            if abs(other.start_ns - event.start_ns) > same_click_ns:
                yield other, event


def _follow(a: Event, b: Event) -> bool:
    """Whether one starts when the other ends, as listeners do that run one after the other."""
    return abs(a.start_ns - b.end_ns) <= NEXT_LISTENER_NS or abs(b.start_ns - a.end_ns) <= NEXT_LISTENER_NS


def _is_open(pair: Pair) -> bool:
    """Whether their gestures leave it open."""
    return not gesture_of(pair[0]) or not gesture_of(pair[1])


def _distance_ns(pair: Pair) -> tuple[int, int, int]:
    starts_ns = sorted((pair[0].start_ns, pair[1].start_ns))
    return starts_ns[1] - starts_ns[0], starts_ns[0], starts_ns[1]


def _end(event: Event) -> int:
    return event.end_ns
