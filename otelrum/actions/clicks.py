"""The clicks of a session: which interaction spans and records make one, and which of them stands for it."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from otelrum.actions.gesture import NO_GESTURE, Gesture
from otelrum.actions.model import Click, Event, interaction
from otelrum.actions.one_click import OneClick, by_start, gesture_of


def clicks_of(interactions: Iterable[Event], rule: OneClick) -> list[Click]:
    """The clicks of one session, oldest first."""
    spans: list[Event] = []
    records: list[Event] = []
    for event in interactions:
        (records if event.is_record else spans).append(event)
    groups = rule.groups(spans) if spans else []
    if records:
        lonely = _Records(groups, rule).give(records)
        groups += rule.groups(lonely) if lonely else []
    return sorted([_click(group, rule) for group in groups], key=lambda click: (click.start_ns, click.head.id))


class _Records:
    """Gives records to the clicks of spans. A record never joins two of them, so this comes after they are made."""

    def __init__(self, groups: list[list[Event]], rule: OneClick) -> None:
        self._rule = rule
        self._of_span = {event.id: group for group in groups for event in group}
        self._gestures: dict[int, str] = {}
        self._of_gesture: dict[str, list[Event]] = {}
        self._lines: dict[str, list[tuple[int, bytes]]] = defaultdict(list)
        for group in groups:
            self._name(group, next((id for id in map(gesture_of, group) if id), ""))
            for event in group:
                self._lines[rule.view_of(event)].append((event.start_ns, event.id))
        for line in self._lines.values():
            line.sort()

    def give(self, records: list[Event]) -> list[Event]:
        """Add each to its click; returns those that have none (SPEC section 12)."""
        lonely = []
        for record in sorted(records, key=by_start):
            gesture = gesture_of(record)
            group = self._of_gesture.get(gesture) or self._of_span.get(record.parent) or self._nearest(record)
            if group is None or (gesture and self._gestures[id(group)] not in ("", gesture)):
                lonely.append(record)
                continue
            group.append(record)
            self._name(group, gesture or self._gestures[id(group)])
        return lonely

    def _name(self, group: list[Event], gesture: str) -> None:
        self._gestures[id(group)] = gesture
        if gesture:
            self._of_gesture[gesture] = group

    def _nearest(self, record: Event) -> list[Event] | None:
        line = self._lines.get(self._rule.view_of(record), [])
        at = bisect_left(line, (record.start_ns, b""))
        near = min(line[max(0, at - 1) : at + 1], key=lambda place: abs(place[0] - record.start_ns), default=None)
        if near is None or abs(near[0] - record.start_ns) > self._rule.same_click_ns:
            return None
        return self._of_span[near[1]]


def _click(group: list[Event], rule: OneClick) -> Click:
    """The click of a group: its spans come first, the earliest is the head (SPEC sections 4 and 12)."""
    events = sorted(group, key=by_start)
    records = [event for event in events if event.is_record]
    head = _head([event for event in events if not event.is_record] or records, rule)
    target = interaction(head).target
    for record in records:
        target = target.named_by(interaction(record).target)
    teller = _teller(head, events)
    gesture = interaction(teller).gesture
    named = gesture.id or next((id for id in map(gesture_of, events) if id), "")
    if named != gesture.id:
        gesture = replace(gesture, id=named)
    pressed_ns = None if gesture.press_ns is None else teller.start_ns - gesture.press_ns
    return Click(head, events, target, rule.view_of(head), gesture, pressed_ns)


def _head(events: list[Event], rule: OneClick) -> Event:
    """The earliest; of several that is none's descendant, then the one with the smallest span id."""
    equals = [event for event in events if event.start_ns == events[0].start_ns]
    if len(equals) == 1:
        return equals[0]
    others = set(equals)
    eldest = [event for event in equals if rule.ancestor(event) not in others] or equals
    return min(eldest, key=lambda event: (event.id[-8:], event.arrived_ns))


def _teller(head: Event, events: list[Event]) -> Event:
    """The interaction that describes the gesture: the head, else the first with more than its id."""
    for event in [head, *events]:
        gesture = interaction(event).gesture
        if gesture is not NO_GESTURE and gesture != Gesture(gesture.id):
            return event
    return head
