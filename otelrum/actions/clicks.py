"""Which interaction spans and records are one click (SPEC sections 4 and 12)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from otelrum.actions.event_class import EventClass
from otelrum.actions.idle import Interval
from otelrum.actions.lineage import Memo, nearest
from otelrum.actions.model import Event, Interaction
from otelrum.actions.session import Spans
from otelrum.actions.settings import Settings
from otelrum.actions.target import Target


class Click:
    """One click of the user: its interactions, of which `head` is the action span."""

    __slots__ = ("events", "head", "start_ns", "target")

    def __init__(self, head: Event, events: list[Event], target: Target) -> None:
        self.head = head
        self.events = events
        self.target = target
        self.start_ns = head.start_ns

    @property
    def arrived_ns(self) -> int:
        """When the first of its interactions came."""
        first_ns = self.head.arrived_ns
        for event in self.events:
            first_ns = min(first_ns, event.arrived_ns)
        return first_ns

    @property
    def event_type(self) -> str:
        return interaction(self.head).event_type


def interaction(event: Event) -> Interaction:
    """The facts of an interaction event."""
    assert isinstance(event.detail, Interaction)
    return event.detail


def clicks_of(
    interactions: Iterable[Event], long_tasks: Sequence[Interval], spans: Spans, settings: Settings
) -> list[Click]:
    """The clicks of one page, oldest first. `long_tasks` are the page's, by start."""
    told = list(interactions)
    if len(told) > 1:
        told.sort(key=_by_start)
    if len(told) <= 1 or _are_apart(told, long_tasks, settings):
        return [Click(event, [event], interaction(event).target) for event in told]
    joins = _Joins(spans, settings)
    by_span = joins.groups([event for event in told if not event.is_record], long_tasks)
    lonely = _give_records(by_span, [event for event in told if event.is_record], settings.same_click_ns)
    clicks = [joins.click(group) for group in by_span + joins.groups(lonely, long_tasks)]
    return sorted(clicks, key=lambda click: (click.start_ns, click.head.id))


def _are_apart(events: list[Event], long_tasks: Sequence[Interval], settings: Settings) -> bool:
    """Whether nothing can join these, by start: spans without parents, further apart than any long task lasts."""
    joined_ns = settings.same_click_ns
    for start_ns, end_ns in long_tasks:
        joined_ns = max(joined_ns, end_ns - start_ns)
    last_ns = events[0].start_ns - joined_ns - 1
    for event in events:
        if event.is_record or event.parent or event.start_ns - last_ns <= joined_ns:
            return False
        last_ns = event.start_ns
    return True


def parent_click(event: Event, spans: Spans, memo: Memo) -> Event | None:
    """The nearest interaction that an event descends from: nearly always its parent."""
    parent = spans.get(event.parent) if event.parent else None
    if parent is None or _is_interaction(parent):
        return parent
    return nearest(event, spans, _is_interaction, memo)


def _is_interaction(event: Event) -> bool:
    return event.kind == EventClass.INTERACTION and not event.is_record


def _give_records(groups: list[list[Event]], records: Iterable[Event], same_click_ns: int) -> list[Event]:
    """Add each record to the click of the span in its context, else to the nearest; returns the rest.

    A record never joins two spans, so this comes after the spans have found together.
    """
    of_span = {event.id: group for group in groups for event in group}
    line = sorted((event.start_ns, event.id) for group in groups for event in group)
    lonely = []
    for record in records:
        group = of_span.get(record.parent) if record.parent else None
        if group is None:
            at = bisect_left(line, (record.start_ns, b""))
            near = min(line[max(0, at - 1) : at + 1], key=lambda place: abs(place[0] - record.start_ns), default=None)
            if near is not None and abs(near[0] - record.start_ns) <= same_click_ns:
                group = of_span[near[1]]
        if group is None:
            lonely.append(record)
        else:
            group.append(record)
    return lonely


class _Joins:
    """Joins interactions of one page that are one click."""

    def __init__(self, spans: Spans, settings: Settings) -> None:
        self._spans = spans
        self._settings = settings
        self._memo: Memo = {}

    def groups(self, interactions: list[Event], long_tasks: Sequence[Interval]) -> list[list[Event]]:
        """Start within 30 ms of the one before, or ancestor and descendant, or one target in one long task."""
        events = sorted(interactions, key=_by_start)
        union = _Union(events)
        for at in range(1, len(events)):
            if events[at].start_ns - events[at - 1].start_ns <= self._settings.same_click_ns:
                union.join(events[at - 1], events[at])
        self._join_families(events, union)
        _join_in_long_tasks(events, long_tasks, union)
        return union.groups()

    def _join_families(self, events: list[Event], union: _Union) -> None:
        for event in events:
            if not event.parent:
                continue
            ancestor = parent_click(event, self._spans, self._memo)
            if ancestor is None or ancestor is event or ancestor not in union:
                continue
            if abs(event.start_ns - ancestor.start_ns) <= self._settings.max_duration_ns:
                union.join(ancestor, event)

    def click(self, group: list[Event]) -> Click:
        """The click of a group: its spans come first, the earliest is the head (SPEC sections 4 and 12)."""
        candidates = [event for event in group if not event.is_record] or group
        first_ns = min(event.start_ns for event in candidates)
        equals = [event for event in candidates if event.start_ns == first_ns]
        others = set(equals)
        eldest = [event for event in equals if not self._descends_from_one(event, others)] or equals
        head = min(eldest, key=lambda event: (event.id[-8:], event.arrived_ns))
        target = interaction(head).target
        for record in sorted((e for e in group if e.is_record), key=lambda e: (e.start_ns, e.id)):
            target = target.named_by(interaction(record).target)
        return Click(head, group, target)

    def _descends_from_one(self, event: Event, others: set[Event]) -> bool:
        ancestor = parent_click(event, self._spans, self._memo)
        return ancestor is not None and ancestor is not event and ancestor in others


class _Union:
    """Sets of events that are joined, each known by one of them."""

    def __init__(self, events: list[Event]) -> None:
        self._root = {event: event for event in events}

    def __contains__(self, event: Event) -> bool:
        return event in self._root

    def join(self, a: Event, b: Event) -> None:
        self._root[self._find(b)] = self._find(a)

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


def _by_start(event: Event) -> tuple[int, bytes]:
    return event.start_ns, event.id


def _join_in_long_tasks(events: list[Event], long_tasks: Sequence[Interval], union: _Union) -> None:
    """Only neighbours of one target need a look: what spans more spans them too."""
    if not long_tasks:
        return
    starts = [start_ns for start_ns, _ in long_tasks]
    reach = [long_tasks[0][1]]  # the latest end of this and all earlier ones
    for _, end_ns in long_tasks[1:]:
        reach.append(max(reach[-1], end_ns))
    last: dict[str, Event] = {}
    for event in events:
        selector = interaction(event).target.selector
        before = last.get(selector)
        last[selector] = event
        if before is not None:
            at = bisect_right(starts, before.start_ns) - 1
            if at >= 0 and reach[at] >= event.start_ns:
                union.join(before, event)
