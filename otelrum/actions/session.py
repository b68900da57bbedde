"""What is known of one session (or, without a session id, of one trace): its events, views and actions.

A page is a view of a session (SPEC section 3). The session is the unit of memory, because views end
each other, and which view an event belongs to may become known only when others have come.
"""

from __future__ import annotations

from otelrum.actions.event_class import TOLD_LATE, EventClass
from otelrum.actions.lineage import Memo, nearest
from otelrum.actions.model import Action, Event, ExpiredWindow, SessionKey
from otelrum.actions.views import View, Views

Spans = dict[bytes, Event]
"""Every span that is held or remembered, by its id."""


class Session:
    """Everything of one session, as long as something of it is held or remembered.

    Lists are kept in order of arrival, `timeline` in order of start.
    """

    __slots__ = (
        "_is_sorted",
        "_memo",
        "_spread_ns",
        "actions",
        "decide_ns",
        "events",
        "expired",
        "has_records",
        "held",
        "is_over",
        "key",
        "pruned_ns",
        "related",
        "undecided",
        "views",
        "wake",
    )

    def __init__(self, key: SessionKey, views: Views) -> None:
        """`views` are those that are known from its earlier times."""
        self.key = key
        self.views = views
        self.events: list[Event] = []
        """Held and remembered ones."""
        self.held: list[Event] = []
        self.undecided: list[Event] = []
        """Interactions whose action is not decided."""
        self.actions: list[Action] = []
        self.expired: list[ExpiredWindow] = []
        self.related: set[Session] | None = None
        """Sessions that share a trace: one with an id, and the trace's own for spans without."""
        self.has_records = False
        self.pruned_ns = 0
        """When events let go were last expired."""
        self.decide_ns = -1
        """When an action of it is decided at the earliest; -1 when none waits."""
        self.wake = -1
        """The step in which it is looked at next; -1 for none."""
        self.is_over = False
        """Nothing of it is held or remembered any more; what comes begins another one."""
        self._is_sorted = True
        self._spread_ns = 0
        """No event reaches further from its start than this."""
        self._memo: Memo = {}

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
        if event.is_record:
            self.has_records = True
        view = self.views.get(event.view) if event.view else None
        if view is not None:  # one text for all its events
            event.view = view.id
            event.page = view.id if event.page is not None else None

    def timeline(self) -> list[Event]:
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
        if not self.events:
            self._spread_ns = 0

    def moved(self) -> None:
        """Times or relations of events have changed."""
        self._is_sorted = False
        self._memo.clear()

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
        """Nothing is held or remembered but views."""
        return not self.events and not self.actions and not self.expired

    # ------------------------------------------------------------------ pages
    def view_of(self, event: Event, spans: Spans) -> str:
        """The id of the view that an event belongs to, "" where the session is the page (SPEC sections 3, 12)."""
        if event.page is not None:
            return event.page
        if event.is_record and event.counterpart is not None:
            return self.view_of(event.counterpart, spans)
        if event.kind in TOLD_LATE or (event.is_record and event.kind == EventClass.RESOURCE):
            return self._view_of_late_report(event)
        if event.view:
            return event.view
        if event.parent:
            ancestor = nearest(event, spans, self._has_view, self._memo)
            if ancestor is not None:
                return ancestor.view
        view = self.views.open_at(event.start_ns, event.tab)
        return view.id if view else ""

    def _view_of_late_report(self, event: Event) -> str:
        """Written when the browser was idle, with the view of then: that one if it was open, else the one that was."""
        carried = self.views.get(event.view) if event.view else None
        if carried is not None and carried.start_ns <= event.start_ns:
            return carried.id
        view = self.views.open_at(event.start_ns, event.tab or (carried.tab if carried else ""))
        return view.id if view else event.view

    def _has_view(self, event: Event) -> bool:
        return bool(event.view) and event.key is self.key and event.kind not in TOLD_LATE

    def view_at(self, view_id: str, time_ns: int) -> View | None:
        """The view with this id; where the session is the page, its latest document by then."""
        return self.views.get(view_id) if view_id else self.views.document_at(time_ns)


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
