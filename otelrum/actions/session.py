"""What is known of one session (or, without a session id, of one trace): its events, views and actions.

A page is a view of a session (SPEC section 3). The session is the unit of memory, because views end
each other, and which view an event belongs to may become known only when others have come.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from otelrum.actions.clock_step import latest_t0_ns
from otelrum.actions.details import UserActivity
from otelrum.actions.event_class import REPORTED_LATE, EventClass
from otelrum.actions.lineage import Memo, Spans, nearest
from otelrum.actions.model import Action, Event, SessionKey, interaction, is_timed
from otelrum.actions.view import View
from otelrum.actions.views import Views

MAX_DROPPED: Final = 64
"""Gestures without an action that are remembered for their further interactions: more than a user makes meanwhile."""


class Session:
    """Everything of one session, as long as something of it is held or remembered.

    Lists are kept in order of arrival, `timeline` in order of start.
    """

    __slots__ = (
        "_dropped",
        "_is_sorted",
        "_made",
        "_memo",
        "_spread_ns",
        "actions",
        "decide_ns",
        "events",
        "has_records",
        "held",
        "is_over",
        "key",
        "page_exits",
        "pruned_ns",
        "related",
        "timer_bucket",
        "undecided",
        "views",
    )

    def __init__(self, key: SessionKey, views: Views) -> None:
        """`views` are those that are known from its earlier times."""
        self.key = key
        self.views = views
        self.events: list[Event] = []
        self.held: list[Event] = []
        self.undecided: list[Event] = []
        """Interactions and custom actions that are not decided."""
        self.actions: list[Action] = []
        self.page_exits: list[Event] = []
        self.related: set[Session] | None = None
        """Sessions that share a trace: one with an id, and the trace's own for spans without."""
        self.has_records = False
        self.pruned_ns = 0
        """When released events were last dropped."""
        self.decide_ns = -1
        """When an action of it is decided at the earliest; -1 when none waits."""
        self.timer_bucket = -1
        """The bucket of `Timers` in which it is looked at next; -1 for none."""
        self.is_over = False
        """Nothing of it is held or remembered any more; what comes begins another one."""
        self._is_sorted, self._spread_ns = True, 0
        """No event lies further from its start than `_spread_ns`."""
        self._memo: Memo = {}
        self._dropped: dict[str, None] = {}
        self._made: dict[str, list[Event]] = {}
        """User activity by the gesture that made it."""

    # ------------------------------------------------------------------ events
    def add(self, event: Event) -> None:
        """Remember an event, at its place among the others."""
        event.key = self.key
        if self._is_sorted:
            self.events.insert(_place(self.events, event.start_ns + 1), event)
            self._spread_ns = max(self._spread_ns, _spread_ns(event))
        else:
            self.events.append(event)
        self._memo.clear()
        self._index(event)
        if event.is_record:
            self.has_records = True
        view = self.views.get(event.view) if event.view else None
        if view is not None:  # one text for all its events
            event.view = view.id
            event.page = view.id if event.page is not None else None

    def _index(self, event: Event) -> None:
        if event.kind == EventClass.PAGE_EXIT:
            self.page_exits.append(event)
        elif isinstance(event.detail, UserActivity) and event.detail.gesture_id:
            self._made.setdefault(event.detail.gesture_id, []).append(event)

    def timeline(self) -> list[Event]:
        """Its events in order of their start."""
        if not self._is_sorted:
            self.events.sort(key=_start)
            self._spread_ns = max(map(_spread_ns, self.events), default=0)
            self._is_sorted = True
        return self.events

    def around(self, from_ns: int, to_ns: int) -> list[Event]:
        """All events that touch [from, to], and some near them, in order of their start."""
        events, spread_ns = self.timeline(), self._spread_ns
        return events[_place(events, from_ns - spread_ns) : _place(events, to_ns + spread_ns + 1)]

    def keep(self, kept: list[Event]) -> None:
        """Remember these alone of its events, in their order."""
        self.events = kept
        self._memo.clear()
        if self.page_exits or self._made:
            self.page_exits, self._made = [], {}
            for event in kept:
                self._index(event)
        if not self.events:
            self._spread_ns = 0

    def moved(self) -> None:
        """Times or relations of events have changed."""
        self._is_sorted = False
        self._memo.clear()

    def decide_by(self, time_ns: int) -> None:
        """One of its actions is to be decided at this time at the latest (the collector's clock)."""
        self.decide_ns = time_ns if self.decide_ns < 0 else min(self.decide_ns, time_ns)

    def wait_without(self, decided: list[Event], decide_ns: int) -> None:
        """All but these are left to decide; the first of them at `decide_ns`, -1 for none."""
        gone = set(decided)
        self.undecided = [event for event in self.undecided if event not in gone]
        self.held = [event for event in self.held if event.is_held]
        self.decide_ns = decide_ns

    def customs(self) -> list[Event]:
        """The custom actions that are not decided."""
        return [event for event in self.undecided if event.kind == EventClass.CUSTOM]

    def awaits(self, event: Event) -> bool:
        """Whether an action on the page of an event is not decided, as far as pages are known yet."""
        return any(start.page is None or event.page is None or start.page == event.page for start in self.undecided)

    def may_take(self, event: Event, max_extent_ns: int) -> bool:
        """Whether the possible window of an undecided action covers an event (SPEC section 11)."""
        first_ns, last_ns = event.first_ns - max_extent_ns, latest_t0_ns(event.last_ns)
        for start in self.undecided:
            if start.kind == EventClass.INTERACTION:
                if first_ns <= start.start_ns <= last_ns or _made_by(start, event):
                    return True
            elif is_timed(start) and start.start_ns <= last_ns and event.first_ns <= start.end_ns:
                return True
        return False

    def count_held(self, until_ns: int) -> int:
        """How many of the held ones came by then; they are the first."""
        count = 0
        for event in self.held:
            if event.arrived_ns > until_ns:
                break
            count += 1
        return count

    @property
    def is_idle(self) -> bool:
        """Nothing is held or remembered but views, which outlive a session with an id."""
        return not self.events and not self.actions and (bool(self.key.session) or not self.views.windows)

    def relate(self, other: Session) -> None:
        """The other shares a trace with this one."""
        if self.related is None:
            self.related = set()
        self.related.add(other)

    # ------------------------------------------------------------------ gestures
    def drop(self, interactions: list[Event]) -> None:
        """These make no action: they are of class other, and so is what comes of their gestures (SPEC section 7)."""
        for event in interactions:
            event.kind = EventClass.DESCENDANT
            if gesture := interaction(event).gesture.id:
                self._dropped[gesture] = None
        while len(self._dropped) > MAX_DROPPED:
            del self._dropped[next(iter(self._dropped))]

    def has_dropped(self, event: Event) -> bool:
        """Whether the gesture of an interaction makes no action."""
        return bool(self._dropped) and interaction(event).gesture.id in self._dropped

    def has_made(self, gesture_id: str, type: str) -> bool:
        """Whether the gesture with this id is known to have made an `input`, `scroll` or `selection`."""
        found = self._made.get(gesture_id, ()) if gesture_id else ()
        return any(isinstance(event.detail, UserActivity) and event.detail.type == type for event in found)

    def made_by(self, gesture_ids: Iterable[str]) -> list[Event]:
        """The user activity of these gestures."""
        return [event for id in gesture_ids if id for event in self._made.get(id, ())]

    # ------------------------------------------------------------------ pages
    def view_of(self, event: Event, spans: Spans) -> str:
        """The id of the view that an event belongs to, "" where the session is the page (SPEC sections 3, 12)."""
        if event.page is not None:
            return event.page
        if event.is_record and event.counterpart is not None:
            return self.view_of(event.counterpart, spans)
        named = self.views.id_of(event)
        if event.kind in REPORTED_LATE or (event.is_record and event.kind == EventClass.RESOURCE):
            return self._view_of_late_report(event, named)
        if named:
            return named
        if event.parent:
            ancestor = nearest(event, spans, self._has_view, self._memo)
            if ancestor is not None:
                return self.views.id_of(ancestor)
        view = self.views.open_at(event.start_ns, event.tab)
        return view.id if view else ""

    def _view_of_late_report(self, event: Event, named: str) -> str:
        """Reported late with the view id of the report.

        That view if it was open at the event's start, else the latest one of its tab that was.
        """
        carried = self.views.get(named) if named else None
        if carried is not None and carried.start_ns <= event.start_ns:
            return carried.id
        view = self.views.open_at(event.start_ns, event.tab or (carried.tab if carried else ""))
        return view.id if view else named

    def _has_view(self, event: Event) -> bool:
        return event.key is self.key and event.kind not in REPORTED_LATE and bool(self.views.id_of(event))

    def view_at(self, view_id: str, time_ns: int) -> View | None:
        """The view with this id; where the session is the page, its latest document by then."""
        return self.views.get(view_id) if view_id else self.views.document_at(time_ns)


def _made_by(click: Event, event: Event) -> bool:
    """Whether an event is what the gesture of a click made, whenever that happened."""
    if event.kind != EventClass.USER_ACTIVITY or not isinstance(event.detail, UserActivity):
        return False
    return bool(event.detail.gesture_id) and event.detail.gesture_id == interaction(click).gesture.id


def _start(event: Event) -> int:
    return event.start_ns


def _spread_ns(event: Event) -> int:
    """How far from its start an event reaches, to either side."""
    return max(event.last_ns - event.start_ns, event.start_ns - event.first_ns)


def _place(events: list[Event], start_ns: int) -> int:
    """The place of the first event that starts at this time or later; mostly the end."""
    low, high = 0, len(events)
    if not events or events[high - 1].start_ns < start_ns:
        return high
    while low < high:
        middle = (low + high) // 2
        if events[middle].start_ns < start_ns:
            low = middle + 1
        else:
            high = middle
    return low
