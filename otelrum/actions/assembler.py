"""Holds events on their pages until it is known which actions they are of (SPEC section 11).

Driven from outside: `observe` what came, ask `due` for what may go, `relieve` at a limit, `drain` at
the end. The caller's clock decides how long to wait; event times decide everything else.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator, Mapping

from otelrum.actions.attributes import custom_attributes, member_attributes
from otelrum.actions.decide import Candidate, Decider, action_id
from otelrum.actions.inherit import Inheritance
from otelrum.actions.late import decided_click, is_too_late
from otelrum.actions.model import PASSING, Action, Custom, Event, Kind, Timing
from otelrum.actions.records import first_guess_ns, settle_records
from otelrum.actions.session import Session, SessionKey
from otelrum.actions.settings import CLOCK_STEP_NS, SECOND, Settings
from otelrum.actions.tally import Tally
from otelrum.actions.window import Window

EVENT_BYTES = 600
PAGE_BYTES = 1500
"""What an event and a page cost beside the bytes that came (measured in tests/bench, rounded up)."""

MAX_FORGOTTEN = 32
"""Windows of forgotten actions that a session keeps, to tell what comes too late."""

SLICE = 256
"""Events released before the caller may do something else: well under 5 ms."""

TICK_NS = SECOND // 5
"""Sessions wake in steps of 200 ms: the caller asks no more often."""

ReadAttributes = Callable[[], Mapping[str, object]]


class Assembler:
    """All sessions of one processor."""

    def __init__(self, settings: Settings, inheritance: Inheritance) -> None:
        self.tally = Tally()
        self.held_bytes = 0
        self._settings = settings
        self._inheritance = inheritance
        self._sessions: OrderedDict[SessionKey, Session] = OrderedDict()
        """By last use: the first is forgotten first."""
        self._holding: dict[Session, None] = {}
        """Sessions that hold something, by when they began to."""
        self._spans: dict[bytes, Event] = {}
        self._wakes: dict[int, list[Session]] = defaultdict(list)
        self._ready: list[Event] = []

    # ------------------------------------------------------------------ what came
    def observe(self, event: Event, key: SessionKey, now_ns: int, read_attributes: ReadAttributes) -> None:
        """Take an event. Its payload comes back from `due`, unless its kind passes at once."""
        event.arrived_ns = now_ns
        if self._is_copy(event):
            return
        session = self._session_of(event, key)
        session.views_learn(event, self._inheritance, read_attributes)
        self.held_bytes += event.extra_bytes + EVENT_BYTES
        if isinstance(event.detail, Timing):
            event.start_ns = first_guess_ns(session, event.view, event.detail)
            event.end_ns = event.start_ns + event.detail.duration_ns
        session.add(event)
        if event.id:
            self._spans.setdefault(event.id, event)
        if event.kind in PASSING or event.payload is None:
            event.released_ns = now_ns
            self._wake(session, now_ns + self._settings.decision_wait_ns)
        elif not self._is_late(session, event):
            self._hold(session, event, now_ns)

    def _is_copy(self, event: Event) -> bool:
        """Retried batches come twice (section 6): the copy goes with the first, or after it."""
        first = self._spans.get(event.id) if event.id else None
        if first is None or first is event or first.kind is not event.kind:
            return False
        if first.start_ns != event.start_ns and not event.is_record:
            return False
        if event.payload is None:
            return True
        if first.is_held:
            self.held_bytes += event.extra_bytes
            first.copies = [*(first.copies or []), (event.payload, event.extra_bytes)]
        else:
            event.added = first.added
            self.held_bytes += event.extra_bytes + EVENT_BYTES
            self._ready.append(event)
        return True

    def _session_of(self, event: Event, key: SessionKey) -> Session:
        """The session that an event names; without one, that of its nearest known ancestor (section 3)."""
        if not key.session and event.parent:
            parent = self._spans.get(event.parent)
            if parent is not None and parent.session.key.service == key.service:
                key = parent.session.key
        session = self._sessions.get(key)
        if session is None:
            session = self._sessions[key] = Session(key)
            self.held_bytes += PAGE_BYTES
        else:
            self._sessions.move_to_end(key)
        if key.session and event.id and not event.is_record:
            trace = SessionKey(key.service, "", event.id[:-8])
            if trace in self._sessions:
                session.adopts.add(trace)
        return session

    def _hold(self, session: Session, event: Event, now_ns: int) -> None:
        session.held.append(event)
        self.tally.held += 1
        self._holding.setdefault(session)
        if event.kind is Kind.INTERACTION:
            session.undecided.append(event)
            session.windows = None
        self._wake(session, now_ns + self._settings.decision_wait_ns)

    def _is_late(self, session: Session, event: Event) -> bool:
        """Whether an event came after the decision that it belongs to: then it goes at once (section 11)."""
        if not session.actions and not session.forgotten:
            return False
        window = Window(session, self._spans, self._settings.by_trace)
        if event.kind is Kind.INTERACTION:
            action = decided_click(event, session, window, self._spans, self._settings)
            if action is not None:
                event.action = action
                action.spans.append(event)
                event.added = action.member
        elif session.actions and not self._is_covered(session, event):
            event.added = self._added_to(session, event, window)
        if event.added is not None and event.kind is not Kind.CUSTOM:
            self.tally.late += 1
        elif is_too_late(event, session, window):
            self.tally.too_late += 1
        else:
            event.added = None
            return False
        self._ready.append(event)
        return True
