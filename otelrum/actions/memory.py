"""Everything that is held or remembered, of all sessions, and what it weighs (SPEC section 11)."""

from __future__ import annotations

from typing import Final

from otelrum.actions.event_class import EventClass
from otelrum.actions.lineage import Memo, nearest
from otelrum.actions.model import Event, ExpiredWindow, SessionKey
from otelrum.actions.session import Session
from otelrum.actions.settings import SECOND
from otelrum.actions.views import Views

EVENT_BYTES: Final = 600
PAGE_BYTES: Final = 2000
"""What an event and a page cost beside the bytes that came (`python -m tests.bench.state` measures it)."""

MAX_FORGOTTEN: Final = 32
"""Windows of expired actions that a session keeps, to tell what comes too late."""

SESSION_NS: Final = 4 * 3600 * SECOND
"""No browser session lasts longer: after this without an event nothing of it comes any more."""


_EVER_NS: Final = 1 << 62  # after all that clocks tell


class Memory:
    """All sessions of one processor. Events go in by `add`, and are expired by `prune`."""

    def __init__(self, wait_ns: int) -> None:
        self.spans: dict[bytes, Event] = {}
        """By id: spans, and records by their digest."""
        self.bytes = 0
        self.pages = 0
        self._wait_ns = wait_ns
        self._sessions: dict[SessionKey, Session] = {}
        """Those of which something is held or remembered."""
        self._traces = 0
        """How many of them are a trace's, for want of a session id."""
        self._idle: dict[SessionKey, Views] = {}
        """What is known of the others; the one that was used least recently is the first."""

    # ------------------------------------------------------------------ in
    def copied(self, event: Event) -> Event | None:
        """The event that this one repeats: same ids, class and start (section 6)."""
        first = self.spans.get(event.id) if event.id else None
        if first is None or first.kind != event.kind:
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
            _relate(session, other)
            _relate(other, session)

    def add(self, session: Session, event: Event) -> None:
        session.add(event)
        self.bytes += EVENT_BYTES + event.extra_bytes
        if event.id:
            self.spans.setdefault(event.id, event)

    def count_pages(self, views: Views, before: int) -> None:
        """Views came or went: `before` is what `views.pages` was."""
        more = views.pages - before
        if more:
            self.pages += more
            self.bytes += more * PAGE_BYTES

    def adopt(self, session: Session) -> list[Session]:
        """Move held events to the session of their nearest ancestor that has one; returns who got some."""
        if not session.related:
            return []
        found: set[Session] = set()
        for trace in [session, *session.related]:
            if not trace.key.session:
                found |= self._give_up(trace)
        return [other for other in found if other is not session]

    def _give_up(self, trace: Session) -> set[Session]:
        def has_session(event: Event) -> bool:
            return bool(event.key.session)

        memo: Memo = {}
        found: set[Session] = set()
        for event in list(trace.held):
            ancestor = nearest(event, self.spans, has_session, memo)
            if ancestor is not None and ancestor.key.service == trace.key.service:
                owner = self._sessions[ancestor.key]
                _move(event, trace, owner)
                found.add(owner)
        return found

    # ------------------------------------------------------------------ out
    def prune(self, session: Session, now_ns: int) -> None:
        """Forget what was let go a `decision_wait` ago, unless an undecided click came in that time."""
        if session.is_over:
            return
        self._forget_actions(session, now_ns)
        if session.held and now_ns < session.pruned_ns + self._wait_ns // 4:
            return  # a walk over all events: not at each tick
        session.pruned_ns = now_ns
        first_click_ns = now_ns
        for click in session.undecided:
            first_click_ns = min(first_click_ns, click.arrived_ns)
        self._forget(session, first_click_ns - self._wait_ns)
        if session.is_idle:
            self._rest(session, now_ns)

    def _forget_actions(self, session: Session, now_ns: int) -> None:
        last_ns = min(now_ns, session.held[0].arrived_ns - 1) if session.held else now_ns
        old = [action for action in session.actions if action.forget_ns <= last_ns]
        if old:
            session.actions = [action for action in session.actions if action.forget_ns > last_ns]
            until_ns = now_ns + 2 * self._wait_ns
            session.expired += [ExpiredWindow(a.view, a.start_ns, a.end_ns, until_ns) for a in old]
        if session.expired:
            kept = [expired for expired in session.expired if expired.until_ns > now_ns]
            session.expired = kept[-MAX_FORGOTTEN:]

    def forget_all(self, session: Session) -> None:
        """Forget whatever has gone out already, for room."""
        session.actions.clear()
        session.expired.clear()
        self._forget(session, _EVER_NS)

    def _forget(self, session: Session, until_ns: int) -> None:
        """Forget what was let go by then."""
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
        else:
            self._drop(session.key, session.views)

    def _leave(self, session: Session) -> None:
        session.is_over = True
        del self._sessions[session.key]
        for other in session.related or ():
            if other.related is not None:
                other.related.discard(session)

    def _drop(self, key: SessionKey, views: Views) -> None:
        views.is_forgotten = True
        self._traces -= not key.session
        self.pages -= views.pages
        self.bytes -= views.pages * PAGE_BYTES

    def drop(self, session: Session) -> None:
        """Forget a session that holds nothing."""
        self.forget_all(session)
        self._leave(session)
        self._drop(session.key, session.views)

    def drop_idle(self) -> int:
        """Forget the idle session that was used least recently; how many views that were, 0 where none is idle."""
        key = next(iter(self._idle), None)
        if key is None:
            return 0
        views = self._idle.pop(key)
        self._drop(key, views)
        return views.pages

    def drop_ended(self, now_ns: int) -> None:
        """Drop the sessions that nothing can come of any more."""
        while self._idle and next(iter(self._idle.values())).idle_since_ns + SESSION_NS <= now_ns:
            self.drop_idle()

    def oldest(self) -> Session | None:
        return next(iter(self._sessions.values()), None)


def _relate(session: Session, other: Session) -> None:
    if session.related is None:
        session.related = set()
    session.related.add(other)


def _move(event: Event, source: Session, target: Session) -> None:
    source.events.remove(event)
    source.held.remove(event)
    source.moved()
    if event.kind == EventClass.MUTATION:
        source.views.mutated = any(other.kind == EventClass.MUTATION for other in source.events)
    target.add(event)
    target.held.append(event)
    target.held.sort(key=lambda held: held.arrived_ns)
    if event.kind == EventClass.INTERACTION:
        source.undecided.remove(event)
        if not source.undecided:
            source.decide_ns = -1
        target.undecided.append(event)
        target.decide_ns = 0  # at the next look: it may be due
