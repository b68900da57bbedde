"""Everything that is held or remembered, of all sessions, and what it weighs (SPEC section 11).

The only file that keeps the books: what came is held, or has gone on, and nothing is both or neither.
"""

from __future__ import annotations

from typing import Final

from otelrum.actions.counters import Counters
from otelrum.actions.details import Interaction
from otelrum.actions.event_class import STARTS, EventClass
from otelrum.actions.model import Event, ExpiredWindow, SessionKey
from otelrum.actions.session import Session
from otelrum.actions.settings import SECOND, WINDOW_MEMORY_NS
from otelrum.actions.views import Keep, ReadAttributes, Views

EVENT_BYTES: Final = 600
PAGE_BYTES: Final = 2000
"""What an event and a page cost beside the bytes that came (`python -m tests.bench.state` measures it)."""

WINDOW_BYTES: Final = 200
"""What the window of an expired action costs."""

MAX_WINDOWS: Final = 512
"""Windows of expired actions that a session keeps: more than a user opens in five minutes."""

Added = dict[str, object] | None
"""The attributes that an event gets, if any."""

Released = tuple[object, Added]
"""A payload that was held, and the attributes that it gets."""

SESSION_NS: Final = 4 * 3600 * SECOND
"""No browser session lasts longer: after this without an event nothing of it comes any more."""


_EVER_NS: Final = 1 << 62  # after every time that a clock shows


class Memory:
    """All sessions of one processor.

    An event comes in by `add`, is held by `hold` and goes by `release`, or has passed already; it is
    remembered until `prune`. `take_ready` hands over what was released.
    """

    def __init__(self, wait_ns: int, counters: Counters) -> None:
        """`wait_ns` is `decision_wait`."""
        self.spans: dict[bytes, Event] = {}
        """By id: spans, and records by their digest."""
        self.bytes = 0
        self.pages = 0
        self.holding: dict[Session, None] = {}
        """Sessions that hold something, by when they began to."""
        self._ready: list[Released] = []
        self._counters = counters
        self._wait_ns = wait_ns
        self._sessions: dict[SessionKey, Session] = {}
        """Those of which something is held or remembered."""
        self._traces = 0
        """How many of them are a trace's, for want of a session id."""
        self._idle: dict[SessionKey, Views] = {}
        """What is known of the others; the one that was used least recently is the first."""
        self._windowed: dict[SessionKey, None] = {}
        """Those of them that still know windows of actions."""

    # ------------------------------------------------------------------ in
    def copied(self, event: Event) -> Event | None:
        """The event that this one repeats: same ids, class and start (section 6)."""
        first = self.spans.get(event.id) if event.id else None
        if first is None or _kind_at_arrival(first) != event.kind:
            return None
        return first if event.is_record or first.start_ns == event.start_ns else None

    def session(self, key: SessionKey) -> Session | None:
        """The session with this key, None when nothing of it is held or remembered."""
        return self._sessions.get(key)

    def session_of(self, event: Event, key: SessionKey) -> Session:
        """The session that an event names; without one, that of its parent, else that of its trace (section 3)."""
        if not key.session and event.parent:
            parent = self.spans.get(event.parent)
            if parent is not None and parent.key.service == key.service:
                key = parent.key
        session = self._sessions.get(key)
        if session is None:
            session = self._sessions[key] = Session(key, self._views_of(key))
        if self._traces and key.session and event.id and not event.is_record:
            self._relate(session, SessionKey(key.service, "", event.id[:-8]))
        return session

    def _views_of(self, key: SessionKey) -> Views:
        views = self._idle.pop(key, None)
        self._windowed.pop(key, None)
        if views is None:
            views = Views()
            self.bytes += PAGE_BYTES
            self.pages += 1
            self._traces += not key.session
        return views

    def _relate(self, session: Session, trace: SessionKey) -> None:
        """Spans of this trace that named no session may turn out to be the session's."""
        other = self._sessions.get(trace)
        if other is not None:
            session.relate(other)
            other.relate(session)

    def update_views(self, session: Session, event: Event, keep: Keep, read_attributes: ReadAttributes) -> bool:
        """Update the session's views with an event; whether they must keep that as long as the session lives."""
        before = session.views.pages
        is_durable = session.views.update(event, keep, read_attributes)
        more = session.views.pages - before if is_durable else 0
        if more:
            self.pages += more
            self.bytes += more * PAGE_BYTES
        return is_durable

    def add(self, session: Session, event: Event) -> None:
        """Remember an event that came."""
        session.add(event)
        self.bytes += EVENT_BYTES + event.extra_bytes
        if event.id:
            self.spans.setdefault(event.id, event)

    def add_copy(self, first: Event, event: Event) -> None:
        """Retried batches come twice (section 6): the copy goes with the first, or after it."""
        if event.payload is None:
            return
        if first.is_held:
            if first.copies is None:
                first.copies = []
            first.copies.append(event.payload)
            first.extra_bytes += event.extra_bytes
            self.bytes += event.extra_bytes
            self._counters.held += 1
        else:
            self._ready.append((event.payload, first.added))

    def hold(self, session: Session, event: Event) -> None:
        """Keep an event until it is released."""
        self._counters.held += 1
        self.holding.setdefault(session)
        session.held.append(event)
        if event.kind in STARTS:
            session.undecided.append(event)
            session.decide_by(event.arrived_ns + self._wait_ns)

    # ------------------------------------------------------------------ out
    def pass_on(self, event: Event, added: Added) -> None:
        """Let an event go as it comes."""
        self._counters.held += 1
        self.release(event, added, event.arrived_ns)

    def release(self, event: Event, added: Added, now_ns: int) -> None:
        """Let a held event go, with its copies."""
        self._ready.append((event.payload, added))
        for copy in event.copies or ():
            self._ready.append((copy, added))
        self._counters.held -= 1 + len(event.copies or ())
        self.bytes -= event.extra_bytes
        event.added, event.released_ns = added, now_ns
        event.payload, event.copies, event.extra_bytes = None, None, 0

    def take_ready(self) -> list[Released]:
        """What was released since the last call."""
        ready, self._ready = self._ready, []
        return ready

    @property
    def ready(self) -> int:
        """How much was released since `take_ready`."""
        return len(self._ready)

    def prune(self, session: Session, now_ns: int) -> None:
        """Drop what was released a `decision_wait` ago, unless what makes an undecided action came in that time."""
        if session.is_over:
            return
        self._expire_actions(session, now_ns)
        if session.held and now_ns < session.pruned_ns + self._wait_ns // 4:
            return  # a walk over all events: not at each tick
        session.pruned_ns = now_ns
        first_ns = now_ns
        for start in session.undecided:
            first_ns = min(first_ns, start.arrived_ns)
        self._expire(session, first_ns - self._wait_ns)
        if session.is_idle:
            self._rest(session, now_ns)

    def _expire_actions(self, session: Session, now_ns: int) -> None:
        last_ns = min(now_ns, session.held[0].arrived_ns - 1) if session.held else now_ns
        old = [action for action in session.actions if action.expires_ns <= last_ns]
        if old:
            session.actions = [action for action in session.actions if action.expires_ns > last_ns]
            until_ns = now_ns + WINDOW_MEMORY_NS
            self._set_windows(session.views, session.views.windows + [ExpiredWindow(a, until_ns) for a in old])
        windows = session.views.windows
        if windows and windows[0].until_ns <= now_ns:
            self._set_windows(session.views, [window for window in windows if window.until_ns > now_ns])

    def _set_windows(self, views: Views, windows: list[ExpiredWindow]) -> None:
        kept = windows[-MAX_WINDOWS:]
        self.bytes += WINDOW_BYTES * (len(kept) - len(views.windows))
        views.windows = kept

    def evict_all(self, session: Session) -> None:
        """Drop whatever has gone out already, for room."""
        session.actions.clear()
        self._set_windows(session.views, [])
        self._expire(session, _EVER_NS)

    def _expire(self, session: Session, until_ns: int) -> None:
        """Drop what was released by then."""
        spans = self.spans
        kept = []
        for event in session.events:
            if event.released_ns < 0 or event.released_ns > until_ns:
                kept.append(event)
                continue
            event.counterpart = event.action = None  # rings would keep it in memory
            if event.id and spans.get(event.id) is event:
                del spans[event.id]
        if len(kept) < len(session.events):
            self.bytes -= EVENT_BYTES * (len(session.events) - len(kept))
            session.keep(kept)

    def _rest(self, session: Session, now_ns: int) -> None:
        """A session's views wait to be used again; those of a trace have nothing to wait for."""
        self._leave(session)
        if session.key.session:
            session.views.rest(now_ns)
            self._idle[session.key] = session.views
            if session.views.windows:
                self._windowed[session.key] = None
        else:
            self._drop(session.key, session.views)

    def _leave(self, session: Session) -> None:
        session.is_over = True
        del self._sessions[session.key]
        for other in session.related or ():
            if other.related is not None:
                other.related.discard(session)

    def _drop(self, key: SessionKey, views: Views) -> None:
        views.is_evicted = True
        self._windowed.pop(key, None)
        self._set_windows(views, [])
        self._traces -= not key.session
        self.pages -= views.pages
        self.bytes -= views.pages * PAGE_BYTES

    def drop(self, session: Session) -> None:
        """Drop a session that holds nothing."""
        self.evict_all(session)
        self._leave(session)
        self._drop(session.key, session.views)

    def drop_idle(self) -> int:
        """Drop the idle session that was used least recently; how many views that were, 0 where none is idle."""
        key = next(iter(self._idle), None)
        if key is None:
            return 0
        views = self._idle.pop(key)
        self._drop(key, views)
        return views.pages

    def drop_ended(self, now_ns: int) -> None:
        """Drop the windows and the sessions that nothing can come of any more."""
        while self._windowed:
            views = self._idle[next(iter(self._windowed))]
            if views.idle_since_ns + WINDOW_MEMORY_NS > now_ns:
                break
            self._windowed.pop(next(iter(self._windowed)))
            self._set_windows(views, [])
        while self._idle and next(iter(self._idle.values())).idle_since_ns + SESSION_NS <= now_ns:
            self.drop_idle()

    def oldest_hold_ns(self, now_ns: int) -> int:
        """How long the session that began first has held something."""
        oldest = next(iter(self.holding), None)
        return now_ns - oldest.held[0].arrived_ns if oldest is not None and oldest.held else 0

    def oldest(self) -> Session | None:
        return next(iter(self._sessions.values()), None)


def _kind_at_arrival(event: Event) -> int:
    """The class before more was known: of a request reported twice, and of an interaction that makes no action."""
    if event.kind == EventClass.REPEAT:
        return EventClass.RESOURCE
    return EventClass.INTERACTION if isinstance(event.detail, Interaction) else event.kind
