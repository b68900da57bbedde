"""Holds events on their pages until it is known which actions they are of (SPEC section 11).

Driven from outside: `observe` what came, ask `due` for what may go, `evict` at a limit, `drain` at
the end. The caller's clock decides how long to wait; event times decide everything else.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator
from typing import Final

from otelrum.actions.attribution import Added, Attribution, Complete
from otelrum.actions.counters import Counters, Reason
from otelrum.actions.decide import Decider
from otelrum.actions.event_class import PASSING, EventClass
from otelrum.actions.inherit import Inheritance
from otelrum.actions.late import decided_click, is_too_late, near_decided
from otelrum.actions.learning import ReadAttributes, learn
from otelrum.actions.memory import Memory
from otelrum.actions.model import Action, Event, SessionKey, Timing
from otelrum.actions.records import first_guess_ns, resolve_records
from otelrum.actions.session import Session
from otelrum.actions.settings import CLOCK_STEP_NS, Settings
from otelrum.actions.timers import Timers, next_deadline_ns
from otelrum.actions.views import Views
from otelrum.actions.window import Window

SLICE: Final = 256
"""Events released before the caller may do something else: well under 5 ms."""

Released = tuple[object, Added]
"""A payload that was held, and the attributes that it gets."""


class Assembler:
    """All sessions of one processor."""

    def __init__(self, settings: Settings, inheritance: Inheritance, complete: Complete) -> None:
        self.counters = Counters()
        self.memory = Memory(settings.decision_wait_ns)
        self._settings = settings
        self._inheritance = inheritance
        self._attribution = Attribution(inheritance, complete, self.counters)
        self._holding: dict[Session, None] = {}
        """Sessions that hold something, by when they began to."""
        self._crowded: dict[Session, None] = {}
        self._timers = Timers()
        self._ready: list[Released] = []

    # ------------------------------------------------------------------ in
    def observe(self, event: Event, key: SessionKey, now_ns: int, read_attributes: ReadAttributes) -> Views | None:
        """Take an event. Its payload comes back from `due`; one without a payload has gone on already.

        Returns the views that learned from it what they must know as long as their session lives, if some did.
        """
        event.arrived_ns = now_ns
        first = self.memory.copied(event)
        if first is not None:
            self._copy(first, event)
            return None
        session = self.memory.session_of(event, key)
        if 0 <= session.decide_ns <= now_ns:  # what comes after a decision's time changes it no more
            for some in self._decide_due(session, now_ns, Reason.WAITED):
                self._ready += some
            session = self.memory.session_of(event, key)  # nothing may be left of the one before
        pages = session.views.pages
        lasts = learn(session, event, self._inheritance, read_attributes)
        if lasts:
            self.memory.count_pages(session.views, pages)
        if event.kind == EventClass.RESOURCE and isinstance(event.detail, Timing):
            event.start_ns = first_guess_ns(session, event.view, event.detail)
            event.end_ns = event.start_ns + event.detail.end_ns - event.detail.start_ns
        self.memory.add(session, event)
        if event.kind in PASSING or event.payload is None:
            event.released_ns = now_ns
        elif not (session.actions or session.expired) or not self._is_late(session, event):
            self._hold(session, event)
        self._timers.at(session, now_ns + self._settings.decision_wait_ns)
        return session.views if lasts else None

    def _copy(self, first: Event, event: Event) -> None:
        """Retried batches come twice (section 6): the copy goes with the first, or after it."""
        if event.payload is None:
            return
        if first.is_held:
            if first.copies is None:
                first.copies = []
            first.copies.append(event.payload)
            first.extra_bytes += event.extra_bytes
            self.memory.bytes += event.extra_bytes
            self.counters.held += 1
        else:
            self._ready.append((event.payload, first.added))

    def _hold(self, session: Session, event: Event) -> None:
        session.held.append(event)
        self.counters.held += 1
        self._holding.setdefault(session)
        if event.kind == EventClass.INTERACTION:
            session.undecided.append(event)
            if session.decide_ns < 0:
                session.decide_ns = event.arrived_ns + self._settings.decision_wait_ns
        if len(session.held) > self._settings.max_page_events:
            self._crowded[session] = None

    def _is_late(self, session: Session, event: Event) -> bool:
        """Whether an event came after the decision that it belongs to: then it goes at once (section 11)."""
        if not near_decided(session, event, self._settings):
            return False
        window = Window(session, self.memory.spans, self._settings)
        if event.kind == EventClass.INTERACTION:
            event.action = decided_click(event, session, window, self.memory.spans, self._settings)
            added = self._join_late(event, event.action) if event.action else None
        elif event.kind == EventClass.CUSTOM or self._is_covered(session, event):
            return False
        else:
            added = self._attribution.of_member(session, event, window)
        if added:
            self.counters.late += 1
        elif is_too_late(event, session, window, self._settings):
            self.counters.too_late += 1
        else:
            return False
        self.counters.held += 1
        self._release(event, added, event.arrived_ns)
        return True

    def _join_late(self, event: Event, action: Action) -> Added:
        action.spans.append(event)
        return action.member

    def _is_covered(self, session: Session, event: Event) -> bool:
        """Whether an undecided action may have this event."""
        first_ns, last_ns = event.first_ns - self._settings.max_extent_ns, event.last_ns + CLOCK_STEP_NS
        return any(first_ns <= click.start_ns <= last_ns for click in session.undecided)

    # ------------------------------------------------------------------ out
    def due(self, now_ns: int) -> Iterator[list[Released]]:
        """All that may go by now, in slices between which the caller may do something else."""
        for session in self._timers.due(now_ns):
            yield from self._decide_due(session, now_ns, Reason.WAITED)
        self.memory.drop_ended(now_ns)
        yield self._taken()

    def next_deadline(self) -> int | None:
        """When `due` has something to do next, on the caller's clock."""
        return 0 if self._ready else self._timers.next_ns()

    def drain(self, now_ns: int) -> Iterator[list[Released]]:
        """Everything, decided by what is known now."""
        while self._holding:
            yield from self._decide_due(next(iter(self._holding)), now_ns, Reason.SHUTDOWN)
        yield self._taken()

    def evict(self, now_ns: int, more_bytes: int = 0) -> Iterator[list[Released]]:
        """While a limit is exceeded, or would be by so many bytes more: forget idle views, then decide
        the oldest pages early (section 11)."""
        while self._crowded:
            session, _ = self._crowded.popitem()
            yield from self._decide_due(session, now_ns, Reason.MAX_PAGE_EVENTS)
        while (reason := self._exceeded(more_bytes)) is not None:
            if expired := self.memory.drop_idle():
                self.counters.forgotten_views += expired
                continue
            oldest = next(iter(self._holding), None) or self.memory.oldest()
            if oldest is None:
                break
            if oldest in self._holding:
                yield from self._decide_due(oldest, now_ns, reason)
            if self._exceeded(more_bytes) is not None and not oldest.held and not oldest.is_over:
                self.counters.forgotten_views += oldest.views.pages
                self.memory.drop(oldest)
        yield self._taken()

    def is_full(self, more_bytes: int = 0) -> bool:
        """Whether `evict` has something to do."""
        return bool(self._crowded) or self._exceeded(more_bytes) is not None

    def oldest_hold_ns(self, now_ns: int) -> int:
        """How long the session that began first has held something."""
        oldest = next(iter(self._holding), None)
        return now_ns - oldest.held[0].arrived_ns if oldest is not None and oldest.held else 0

    def _exceeded(self, more_bytes: int) -> Reason | None:
        if self.memory.bytes + more_bytes > self._settings.max_held_bytes:
            return Reason.MAX_HELD
        return Reason.MAX_PAGES if self.memory.pages > self._settings.max_pages else None

    def _taken(self) -> list[Released]:
        ready, self._ready = self._ready, []
        return ready

    # ------------------------------------------------------------------ one session
    def _decide_due(self, session: Session, now_ns: int, reason: Reason) -> Iterator[list[Released]]:
        """Decide what can be decided, let go what may go, forget what is old."""
        for other in self.memory.adopt(session) if session.related else ():
            self._holding.setdefault(other)
            self._timers.at(other, now_ns)
        due = self._count_due(session, now_ns, reason)
        is_deciding = bool(session.undecided) and (reason is not Reason.WAITED or session.decide_ns <= now_ns)
        if due or is_deciding:
            if session.has_records:
                resolve_records(session)
            decider = Decider(session, self.memory.spans, self._settings)
            if is_deciding:
                self._decide(session, decider, now_ns, reason)
            for event in self._leaving(session, now_ns, reason):
                self._release(event, self._attribution.of_member(session, event, decider.window), now_ns)
                if len(self._ready) >= SLICE:
                    yield self._taken()
        if not session.held:
            self._holding.pop(session, None)
        self.memory.prune(session, now_ns)
        self._timers.at(session, next_deadline_ns(session, now_ns, self._settings.decision_wait_ns))

    def _count_due(self, session: Session, now_ns: int, reason: Reason) -> int:
        """How many events were held for as long as they must be; they are the first."""
        if reason is not Reason.WAITED:
            return len(session.held)
        return session.count_held(now_ns - self._settings.decision_wait_ns)

    def _decide(self, session: Session, decider: Decider, now_ns: int, reason: Reason) -> None:
        """Decide the actions whose time has come."""
        wait_ns, waiting = self._settings.decision_wait_ns, []
        for candidate in decider.candidates():
            if reason is Reason.WAITED and candidate.due_ns(wait_ns) > now_ns:
                waiting.append(candidate)
                continue
            action, added = decider.decide(candidate)
            action.decided_ns, action.forget_ns = now_ns, now_ns + wait_ns
            insort(session.actions, action, key=_by_start)
            self.counters.decided[str(added["action.type"]), reason] += 1
            self._let_go(session, action, added, now_ns)
        session.undecided = [event for event in session.undecided if event.is_held]
        session.held = [event for event in session.held if event.is_held]
        session.decide_ns = min([candidate.due_ns(wait_ns) for candidate in waiting], default=-1)

    def _let_go(self, session: Session, action: Action, added: dict[str, object], now_ns: int) -> None:
        """Release the interactions of a decided action."""
        for event in action.spans:
            is_head = event is action.head
            own = self._attribution.of_head(session, event, added, action.view) if is_head else action.member
            self._release(event, own, now_ns)

    def _leaving(self, session: Session, now_ns: int, reason: Reason) -> list[Event]:
        """Held events whose time has come, taken from those that are held (section 11)."""
        wait_ns, due = self._settings.decision_wait_ns, self._count_due(session, now_ns, reason)
        if reason is not Reason.WAITED:
            leaving, session.held = session.held, []
            self.counters.forced[reason] += sum(now_ns - event.arrived_ns < wait_ns for event in leaving)
            return leaving
        gone, staying = session.held[:due], []
        if session.undecided:
            long_ago_ns = now_ns - 3 * wait_ns
            staying = [
                event
                for event in gone
                if event.kind == EventClass.INTERACTION  # goes when it is decided
                or (event.arrived_ns > long_ago_ns and self._is_covered(session, event))
            ]
            kept = set(staying)
            gone = [event for event in gone if event not in kept]
        session.held[:due] = staying
        return gone

    def _release(self, event: Event, added: Added, now_ns: int) -> None:
        self._ready.append((event.payload, added))
        for copy in event.copies or ():
            self._ready.append((copy, added))
        self.counters.held -= 1 + len(event.copies or ())
        self.memory.bytes -= event.extra_bytes
        event.added, event.released_ns = added, now_ns
        event.payload, event.copies, event.extra_bytes = None, None, 0


def _by_start(action: Action) -> tuple[int, bytes]:
    return action.start_ns, action.head.id
