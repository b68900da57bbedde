"""The views of one session: when each opened, in which tab, and what it knows of itself (SPEC sections 2, 3, 5, 10).

They are what lasts of a session. Between its users' visits nothing else of it is in memory, so they are small.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from otelrum.actions.details import Timing
from otelrum.actions.event_class import FEED_NO_VIEW, REPORTED_LATE, EventClass
from otelrum.actions.facts import route_of, text
from otelrum.actions.model import Event, ExpiredWindow
from otelrum.actions.settings import LATER_LIFE_NS
from otelrum.actions.view import Navigation, View

MAX_VIEWS: Final = 256
"""Views kept of one session: more than a user opens in the hours of a session. The oldest are dropped."""

MAX_SAMPLES: Final = 1024
"""Samples kept of one session: some minutes of a page that sends three requests a second. The oldest go first."""

_ORDINARY: Final = frozenset({
    EventClass.RESOURCE, EventClass.DESCENDANT, EventClass.ERROR, EventClass.OTHER, EventClass.USER_ACTIVITY,
    EventClass.PAGE_EXIT,
})  # fmt: skip
"""Classes that change nothing of a known view."""

ReadAttributes = Callable[[], Mapping[str, object]]
"""The attributes of an event; called only when a view wants them."""

Keep = Callable[[Mapping[str, object]], Mapping[str, object]]
"""What a view keeps of the attributes of the event that feeds it."""


class Views:
    """The views of a session that are known, by opening. A session without view ids has documents and routes."""

    __slots__ = (
        "_by_id",
        "_documents",
        "_sorted",
        "has_ids",
        "idle_since_ns",
        "is_evicted",
        "mutated",
        "reports_frames",
        "samples",
        "windows",
    )

    def __init__(self) -> None:
        self._by_id: dict[str, View] = {}
        self._documents: tuple[View, ...] = ()
        """Documents without a view id: each opens a view, none is a page of its own."""
        self._sorted: list[View] | None = None
        self.samples: dict[str, list[tuple[int, int]]] | None = None
        """By the view id that resource records carry: when each was written, and the origin it allows."""
        self.has_ids = False
        """The session sends view ids, so addresses make no views."""
        self.mutated = False
        """A mutation came without a view id."""
        self.reports_frames = False
        """The browser reports long animation frames, which then count for its long tasks (SPEC section 5)."""
        self.windows: list[ExpiredWindow] = []
        """The windows of actions whose decisions have expired, for events that come later still (SPEC section 11)."""
        self.idle_since_ns = 0
        self.is_evicted = False

    # ------------------------------------------------------------------ in
    def update(self, event: Event, keep: Keep, read_attributes: ReadAttributes) -> bool:
        """Open, date and feed the views that an event belongs to.

        Returns whether something of that must be known as long as the session lives.
        """
        if event.kind in REPORTED_LATE:
            return self._note_frame(event)
        if event.kind in (EventClass.INP, EventClass.WEB_VITAL):
            return False  # of a time long past, with the view id of then
        if isinstance(event.detail, Timing) and event.kind != EventClass.NAVIGATION_TIMING:
            self._note_timing(event.view, event.detail)
            return False  # written late, with the view id of then: it opens no view
        id = self.id_of(event)
        if self._is_known(id, event):
            return False
        is_first_mutation = event.kind == EventClass.MUTATION and not id and not self.mutated
        self.mutated |= is_first_mutation
        if event.view and not self.has_ids:
            self._evict_routes()
        view = self._opened_by(id, event)
        return is_first_mutation if view is None else self._feed(view, event, keep, read_attributes)

    def id_of(self, event: Event) -> str:
        """The id of the view that an event names, by itself or by its address; else empty (SPEC section 3)."""
        if event.view or self.has_ids or not event.route:
            return event.view
        return f"{event.tab}\n{event.route}"

    def _feed(self, view: View, event: Event, keep: Keep, read_attributes: ReadAttributes) -> bool:
        is_document = event.kind == EventClass.DOCUMENT
        is_durable = event.start_ns == view.start_ns
        if event.kind not in FEED_NO_VIEW and view.wants(event.start_ns, is_document):
            view.attributes = keep(read_attributes())
            view.fed_by_ns = event.start_ns
            is_durable = True
        is_durable |= _note_facts(view, event, read_attributes)
        if len(self) > MAX_VIEWS:
            self.evict_oldest(MAX_VIEWS)
        return is_durable

    def _is_known(self, id: str, event: Event) -> bool:
        """Whether the event can change nothing of its view, which is known: true of nearly all."""
        view = self._by_id.get(id) if id else None
        if view is None or event.start_ns <= view.start_ns or (event.tab and not view.tab):
            return False
        if event.kind == EventClass.MUTATION:
            return view.mutated and not view.wants(event.start_ns, False)
        return event.kind in _ORDINARY and not view.wants(event.start_ns, False)

    def _opened_by(self, id: str, event: Event) -> View | None:
        """The view that this event opened or was seen in, if it names one or is a document."""
        if id:
            return self.opened(id, event.start_ns, event.tab)
        if event.kind == EventClass.DOCUMENT:
            return self.document(event.start_ns, event.tab)
        return None

    def _note_frame(self, event: Event) -> bool:
        is_first = event.kind == EventClass.FRAME and not self.reports_frames
        self.reports_frames |= is_first
        return is_first

    def _note_timing(self, view_id: str, timing: Timing) -> None:
        """What a resource record, of the page's own exports too, says about the time origin."""
        if self.samples is None:
            self.samples = {}
        samples = self.samples.setdefault(view_id, [])
        samples.append((timing.written_ns, timing.origin_at_most_ns))
        if len(samples) > MAX_SAMPLES:
            del samples[: MAX_SAMPLES // 2]
        if len(self.samples) > MAX_VIEWS:
            del self.samples[next(iter(self.samples))]

    def opened(self, id: str, start_ns: int, tab: str) -> View:
        """The view with this id, which is known to have been open at `start_ns`."""
        view = self._by_id.get(id)
        if view is None:
            view = self._by_id[id] = View(id, start_ns, tab)
            self._sorted = None
            return view
        if start_ns < view.start_ns:
            view.start_ns = start_ns
            self._sorted = None
        if tab and not view.tab:
            view.tab = tab
        return view

    def document(self, start_ns: int, tab: str) -> View:
        """The view that a `documentLoad` without a view id opened."""
        for view in self._documents:
            if view.start_ns == start_ns:
                return view
        view = View("", start_ns, tab)
        self._documents += (view,)
        self._sorted = None
        return view

    # ------------------------------------------------------------------ out
    def rest(self, now_ns: int) -> None:
        """Nothing else of their session is held or remembered any more."""
        self.idle_since_ns = now_ns
        self._sorted = None

    def evict_oldest(self, keep: int) -> None:
        """Keep so many views: a session that never ends must not grow for ever."""
        for view in self._in_order()[:-keep]:
            if view.id:
                del self._by_id[view.id]
            else:
                self._documents = tuple([other for other in self._documents if other is not view])
        self._sorted = None

    def _evict_routes(self) -> None:
        """The session sends view ids after all: what its addresses opened are no views."""
        self.has_ids = True
        self._by_id.clear()
        self._sorted = None

    # ------------------------------------------------------------------ questions
    @property
    def pages(self) -> int:
        """How many pages they count for."""
        return len(self) or 1

    def __len__(self) -> int:
        return len(self._by_id) + len(self._documents)

    def __iter__(self) -> Iterator[View]:
        yield from self._by_id.values()
        yield from self._documents

    def get(self, id: str) -> View | None:
        return self._by_id.get(id)

    def open_at(self, time_ns: int, tab: str = "") -> View | None:
        """The latest view with an id that had opened by then, of this tab where tabs are known."""
        return next((v for v in self._until(time_ns) if v.id and _same_tab(v.tab, tab)), None)

    def document_at(self, time_ns: int, tab: str = "") -> View | None:
        """The latest view with a document of its own that had opened by then."""
        return next((v for v in self._until(time_ns) if v.document_ns is not None and _same_tab(v.tab, tab)), None)

    def end_after(self, t0_ns: int, own: str, tab: str, latest_life: Callable[[], int]) -> int | None:
        """When the view `own` ended after t0: at the start of the next one (SPEC section 5, rule 5).

        Another tab's does not end it: known by tab ids, else by a life of the own view more than 1 s
        later. `latest_life` gives the latest start of its interactions, resource spans and mutations.
        """
        views = self._in_order()
        for view in views[bisect_right(views, t0_ns, key=_start) :]:
            if view.id == own and own:
                continue
            if view.tab and tab:
                if view.tab == tab:
                    return view.start_ns
            elif latest_life() <= view.start_ns + LATER_LIFE_NS:
                return view.start_ns
        return None

    def _until(self, time_ns: int) -> Iterator[View]:
        views = self._in_order()
        for at in range(bisect_right(views, time_ns, key=_start) - 1, -1, -1):
            yield views[at]

    def _in_order(self) -> list[View]:
        if self._sorted is None:
            self._sorted = sorted(self, key=lambda view: (view.start_ns, view.id))
        return self._sorted


def _note_facts(view: View, event: Event, read_attributes: ReadAttributes) -> bool:
    """What a view knows beside its attributes; returns whether it is new."""
    if event.kind == EventClass.DOCUMENT:
        view.document_ns = event.start_ns
    elif event.kind == EventClass.NAVIGATION:
        before = route_of(text(read_attributes(), "view.url"))
        view.navigated(Navigation(event.start_ns, route_of(event.url), before))
    elif isinstance(event.detail, Timing):
        view.timing_fetch_start_ns = event.detail.start_ns
    elif event.kind == EventClass.MUTATION and not view.mutated:
        view.mutated = True
    else:
        return False
    return True


def _start(view: View) -> int:
    return view.start_ns


def _same_tab(a: str, b: str) -> bool:
    return not a or not b or a == b
