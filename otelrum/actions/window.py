"""What lies in an action's window, and so is of it (SPEC section 5, "Belonging to the action")."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import Final

from otelrum.actions.clock_step import latest_t0_ns, opens_ns
from otelrum.actions.details import Fault
from otelrum.actions.event_class import REPORTED_LATE, EventClass
from otelrum.actions.idle import Interval
from otelrum.actions.lineage import Memo, Spans, nearest
from otelrum.actions.model import Action, Event, ExpiredWindow
from otelrum.actions.page import Pages
from otelrum.actions.session import Session
from otelrum.actions.settings import MAX_OVERLAPS, Settings

NOWHERE: Final = "\0"
"""The view of an action that may have no members: no page has this id."""

_LOOKED_AT: Final = 1024
"""Most actions that started before an event and are looked at: real ones overlap by the dozen."""


class Windows:
    """Which events are in the windows of which decided actions of a session."""

    def __init__(self, session: Session, spans: Spans, settings: Settings, pages: Pages) -> None:
        self._session = session
        self._spans = spans
        self._by_trace = settings.by_trace
        # A rage takes clicks up to `max_duration` after its first, and each may last as long.
        self._max_extent_ns = extent_ns = settings.max_duration_ns + settings.max_extent_ns
        self._long = [action for action in session.actions if action.end_ns - action.start_ns > extent_ns]
        """Timed custom actions may last as long as they like."""
        self._pages = pages
        self._families: dict[Action, Memo] = {}
        self._owners: dict[tuple[Action, ...], Memo] = {}
        self._of_customs: int | None = None

    def members(self, action: Action) -> set[Event]:
        """The events of an action but for its interactions, long tasks and frames, each request and error once."""
        page = self._pages.page(action.view)
        from_ns = opens_ns(action.start_ns)
        near = page.started(from_ns, action.end_ns) + page.faulty(from_ns, action.errors_until_ns)
        return {event for event in near if event.kind not in REPORTED_LATE and self.has(action, event)}

    def have_room(self, action: Action) -> bool:
        """Whether a custom action may have members: so many as if 32 of them overlapped everywhere (SPEC section 11).

        Custom actions last as long as they like, and each counts all events of its window.
        """
        if self._of_customs is None:
            self._of_customs = sum(len(a.members) for a in self._session.actions if not a.is_automatic)
        page = self._pages.page(action.view)
        self._of_customs += page.count_started(opens_ns(action.start_ns), action.end_ns)
        return self._of_customs <= MAX_OVERLAPS * (len(page.events) + MAX_OVERLAPS)

    def count_long_tasks(self, action: Action) -> int:
        """How many long tasks overlap the action."""
        page = self._pages.page(action.view)
        if not self._by_trace:
            return page.count_tasks_over(action.start_ns, action.end_ns)
        tasks = page.tasks_over(action.start_ns, action.end_ns)
        return sum(t.kind == EventClass.LONG_TASK and t.is_counted and self.has(action, t) for t in tasks)

    def count_frames(self, action: Action, stop_ns: int) -> int:
        """How many long animation frames started in the action and were reported by its `stop` (SPEC section 5)."""
        frames = self._pages.page(action.view).frames_reported(opens_ns(action.start_ns), stop_ns)
        return sum(not self._by_trace or self._is_family(action, frame) for frame in frames)

    def has(self, action: Action, event: Event) -> bool:
        """Whether an event other than an interaction is of a decided action."""
        if event.kind == EventClass.USER_ACTIVITY:
            return event in action.members
        if event.action is action or event.kind in _OF_NO_OTHER or not _in_time(action, event):
            return False
        if self._pages.view_of(event) != action.view:
            return False
        if self._by_trace or event.kind == EventClass.DESCENDANT:
            has_error = not self._by_trace and errors_in(action, event) > 0
            return has_error or self._is_family(action, _reported(event))
        return True

    def _is_family(self, action: Action, event: Event) -> bool:
        """Descends from a span that makes the action or, where pages count, from another span of it."""

        def is_of(other: Event) -> bool:
            if other.action is action:
                return True
            if self._by_trace or other.kind in (EventClass.INTERACTION, EventClass.DESCENDANT):
                return False
            return self.has(action, other)

        return nearest(event, self._spans, is_of, self._families.setdefault(action, {})) is not None

    def all_of(self, event: Event) -> list[Action]:
        """The decided actions that an event is of, oldest first; of very many the latest."""
        actions = self._session.actions
        if len(actions) <= MAX_OVERLAPS or event.kind == EventClass.USER_ACTIVITY:
            return [action for action in actions if _is_near(action, event) and self._was_of(action, event)]
        found: set[Action] = set()
        for from_ns, to_ns in _moments(event):
            low = bisect_left(actions, from_ns - self._max_extent_ns, key=_start)
            high = bisect_right(actions, latest_t0_ns(to_ns), key=_start)
            for at in range(high - 1, max(low, high - _LOOKED_AT) - 1, -1):
                if self.has(actions[at], event):
                    found.add(actions[at])
                    if len(found) >= MAX_OVERLAPS:
                        break
        found.update([action for action in self._long if self.has(action, event)])
        return sorted(found, key=lambda action: (action.start_ns, action.head.id))[-MAX_OVERLAPS:]

    def _was_of(self, action: Action, event: Event) -> bool:
        """As `has`; what was known when the action was decided needs no second look."""
        if event.arrived_ns >= action.decided_ns or event.is_record or event.kind in REPORTED_LATE:
            return self.has(action, event)
        return event in action.members

    def main_of(self, event: Event, actions: list[Action]) -> Action:
        """Of several actions the one that the event descends from, else the latest started (SPEC section 6)."""

        def makes_one(other: Event) -> bool:
            return other.action is not None and other.action in actions

        owner = nearest(_reported(event), self._spans, makes_one, self._owners.setdefault(tuple(actions), {}))
        return owner.action if owner is not None and owner.action is not None else actions[-1]


_OF_NO_OTHER = (EventClass.INTERACTION, EventClass.PAGE_EXIT, EventClass.INP)
"""Interactions are of their own click alone; exits and web vitals are of no window."""


def errors_in(action: Action, event: Event) -> int:
    """How many of an event's errors are the action's."""
    if not event.faults:
        return 0
    return sum(is_error_of(action, fault) for fault in event.faults)


def is_error_of(action: Action, fault: Fault) -> bool:
    """Whether an error is the action's: in [t0 - 1 ms, end + 100 ms], not past the view's end."""
    return opens_ns(action.start_ns) <= fault.time_ns <= action.errors_until_ns


def starts_in(window: Action | ExpiredWindow, event: Event) -> bool:
    """Whether an event starts in [t0 - 1 ms, end]."""
    return opens_ns(window.start_ns) <= event.start_ns <= window.end_ns


def may_touch(window: Interval, event: Event) -> bool:
    """Whether an event may be of an action with this window (t0, end), by any of its moments."""
    return event.first_ns <= window[1] and event.last_ns >= opens_ns(window[0])


def _reported(event: Event) -> Event:
    """The span that reports the same as a record, where there is one."""
    return event.counterpart if event.is_record and event.counterpart is not None else event


def _moments(event: Event) -> list[Interval]:
    """Where an event touches actions: at its start, at its errors, a long task or frame all along."""
    if event.kind == EventClass.ERROR:
        moments = []
    else:
        timed = _reported(event) if event.kind == EventClass.RESOURCE else event
        moments = [(timed.start_ns, timed.end_ns if event.kind in REPORTED_LATE else timed.start_ns)]
    return moments + [(fault.time_ns, fault.time_ns) for fault in event.faults]


def _is_near(action: Action, event: Event) -> bool:
    """Whether a closer look is worth it."""
    reported, until_ns = _reported(event), max(action.end_ns, action.errors_until_ns)
    window = (action.start_ns, until_ns)
    return event.kind == EventClass.USER_ACTIVITY or may_touch(window, event) or may_touch(window, reported)


def _in_time(action: Action, event: Event) -> bool:
    if event.faults and errors_in(action, event):
        return True
    if event.kind == EventClass.ERROR:
        return False
    if event.kind in REPORTED_LATE:
        return event.start_ns <= action.end_ns and event.end_ns >= action.start_ns
    return starts_in(action, _reported(event) if event.kind == EventClass.RESOURCE else event)


def _start(action: Action) -> int:
    return action.start_ns
