"""Holds events on their pages until it is known which actions they are of (SPEC section 11)."""

from __future__ import annotations

from bisect import insort
from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

from otelrum.actions.activity import NEVER_NS
from otelrum.actions.adoption import adopt
from otelrum.actions.attributes import CUSTOM, member_attributes
from otelrum.actions.bursts import may_be_due
from otelrum.actions.candidates import Candidate
from otelrum.actions.counters import Counters, Reason
from otelrum.actions.decide import Decider
from otelrum.actions.details import Custom, Interaction, Timing
from otelrum.actions.event_class import PASSING, STARTS, EventClass
from otelrum.actions.inherit import Inheritance
from otelrum.actions.late import action_of_vital, decided_click, is_too_late, near_decided
from otelrum.actions.memory import Added, Memory, Released
from otelrum.actions.model import Action, Event, SessionKey, is_timed
from otelrum.actions.records import first_guess_ns, resolve_records
from otelrum.actions.repeats import resolve_repeats
from otelrum.actions.rules import Rules
from otelrum.actions.session import Session
from otelrum.actions.settings import Settings
from otelrum.actions.timers import Timers, next_deadline_ns
from otelrum.actions.views import ReadAttributes, Views
from otelrum.actions.watching import Listener

SLICE: Final = 256
"""Events released before the caller may do something else: well under 5 ms."""

Complete = Callable[[Event, dict[str, object]], dict[str, object]]
"""Given an action's span and its attributes, those of its view among them: what it gets in the end."""


class Assembler:
    """All sessions of one processor, driven from outside by one caller.

    - `observe` each event when it comes, in the order of arrival, with a clock (ns) that never goes back.
    - `next_deadline` says when `due` has something to do; decisions wait until it is asked.
    - `due` (by time), `evict` (where `is_full`) and `drain` (at the end) decide and release. Each is a
      generator of slices: between two of them the caller may do something else, `observe` included, but
      begins no other of the three before the last slice.
    - What was released is the caller's: pairs of a payload and the attributes that it gets (None: none).
      Every payload that was observed comes back exactly once. An event without payload has gone already.

    The caller's clock decides how long to wait, event times everything else: same calls, same releases.
    """

    def __init__(self, settings: Settings, inheritance: Inheritance, complete: Complete) -> None:
        self.counters = Counters(
            name_rules=[0] * len(settings.names), ignore_rules=[0] * len(settings.ignore_frustration)
        )
        self.memory = Memory(settings.decision_wait_ns, self.counters)
        self._settings = settings
        self._rules = Rules(settings)
        self._inheritance = inheritance
        self._complete = complete
        self._crowded: dict[Session, None] = {}
        self._timers = Timers()
        self.listener: Listener | None = None

    # ------------------------------------------------------------------ in
    def observe(
        self,
        event: Event,
        key: SessionKey,
        now_ns: int,
        read_attributes: ReadAttributes,
        beside_action: bool = True,
    ) -> Views | None:
        """Take an event; `beside_action`: the request that it came in has an interaction or a custom action.

        Returns the session's views if this event changed them durably (its request must stay in a journal
        as long as they live), else None.
        """
        event.arrived_ns = now_ns
        first = self.memory.copied(event)
        if first is not None:
            self.memory.add_copy(first, event)
            return None
        session = self.memory.session_of(event, key)
        if 0 <= session.decide_ns <= now_ns:  # what comes after a decision's time changes it no more
            deque(self._decide_due(session, now_ns, Reason.WAITED), maxlen=0)
            session = self.memory.session_of(event, key)  # nothing may be left of the one before
        is_durable = self.memory.update_views(session, event, self._inheritance.kept, read_attributes)
        if event.kind == EventClass.RESOURCE and isinstance(event.detail, Timing):
            event.start_ns = first_guess_ns(session, event.view, event.detail)
            event.end_ns = event.start_ns + event.detail.end_ns - event.detail.start_ns
        if event.kind == EventClass.INTERACTION and session.has_dropped(event):
            event.kind = EventClass.DESCENDANT
        self.memory.add(session, event)
        self._place(session, event, beside_action)
        self._timers.set(session, now_ns + self._settings.decision_wait_ns)
        return session.views if is_durable else None

    def _place(self, session: Session, event: Event, beside_action: bool) -> None:
        """Let an event pass, give it to a decided action, or hold it."""
        if event.kind in PASSING or event.payload is None:
            event.released_ns = event.arrived_ns
        elif event.kind == EventClass.INP:
            id = action_of_vital(event, session)
            self.memory.pass_on(event, member_attributes(id, [id]) if id else None)
        elif (session.actions or session.views.windows) and self._is_late(session, event):
            return
        elif self._settings.hold_all or beside_action or event.kind in STARTS or session.awaits(event):
            self.memory.hold(session, event)
            if len(session.held) > self._settings.max_page_events:
                self._crowded[session] = None
        else:
            self.memory.pass_on(event, None)

    def _is_late(self, session: Session, event: Event) -> bool:
        """Whether an event came after the decision that it belongs to: then it goes at once (section 11)."""
        if not near_decided(session, event, self._settings):
            return False
        decider = self._decider(session, [])
        added: Added = None
        if event.kind == EventClass.INTERACTION:
            event.action = decided_click(event, session, decider.rule, self._settings)
            added = event.action.member if event.action else None
            if event.action:
                event.action.clicks[0].events.append(event)
        elif event.kind == EventClass.CUSTOM or session.may_take(event, self._settings.max_extent_ns):
            return False
        else:
            added = decider.of_member(event)
        if added:
            self.counters.late += 1
        elif is_too_late(event, session, decider.pages, self._settings):
            self.counters.too_late += 1
        else:
            return False
        self.memory.pass_on(event, added)
        return True

    # ------------------------------------------------------------------ out
    def due(self, now_ns: int) -> Iterator[list[Released]]:
        """All that may go by now."""
        for session in self._timers.pop_due(now_ns):
            yield from self._sliced(session, now_ns, Reason.WAITED)
        self.memory.drop_ended(now_ns)
        yield self.memory.take_ready()

    def next_deadline(self) -> int | None:
        """When `due` has something to do next, on the caller's clock."""
        return 0 if self.memory.ready else self._timers.next_ns()

    def drain(self, now_ns: int) -> Iterator[list[Released]]:
        """Everything, decided by what is known now."""
        while self.memory.holding:
            yield from self._sliced(next(iter(self.memory.holding)), now_ns, Reason.SHUTDOWN)
        yield self.memory.take_ready()

    def evict(self, now_ns: int, more_bytes: int = 0) -> Iterator[list[Released]]:
        """While a limit is exceeded, or would be by so many bytes more: drop idle views, then decide
        the oldest pages early (section 11)."""
        while self._crowded:
            session, _ = self._crowded.popitem()
            yield from self._sliced(session, now_ns, Reason.MAX_PAGE_EVENTS)
        while (reason := self._exceeded(more_bytes)) is not None:
            if views := self.memory.drop_idle():
                self.counters.evicted_views += views
                continue
            oldest = next(iter(self.memory.holding), None) or self.memory.oldest()
            if oldest is None:
                break
            if oldest in self.memory.holding:
                yield from self._sliced(oldest, now_ns, reason)
            if self._exceeded(more_bytes) is not None and not oldest.held and not oldest.is_over:
                self.counters.evicted_views += oldest.views.pages
                self.memory.drop(oldest)
        yield self.memory.take_ready()

    def is_full(self, more_bytes: int = 0) -> bool:
        """Whether `evict` has something to do."""
        return bool(self._crowded) or self._exceeded(more_bytes) is not None

    def _exceeded(self, more_bytes: int) -> Reason | None:
        if self.memory.bytes + more_bytes > self._settings.max_held_bytes:
            return Reason.MAX_HELD
        return Reason.MAX_PAGES if self.memory.pages > self._settings.max_pages else None

    # ------------------------------------------------------------------ one session
    def _sliced(self, session: Session, now_ns: int, reason: Reason) -> Iterator[list[Released]]:
        for _ in self._decide_due(session, now_ns, reason):
            yield self.memory.take_ready()

    def _decide_due(self, session: Session, now_ns: int, reason: Reason) -> Iterator[None]:
        """Decide what can be decided, release what may go, drop what is old; pauses after each slice."""
        for other in adopt(session, self.memory):
            self._timers.set(other, now_ns)
        is_deciding = bool(session.undecided) and (reason is not Reason.WAITED or session.decide_ns <= now_ns)
        leaving = self._count_due(session, now_ns, reason)
        if is_deciding or leaving:
            resolve_repeats(session.held if is_deciding else session.held[:leaving], self.memory.spans)
            if session.has_records:
                resolve_records(session, self.memory.spans)
            decider = self._decider(session, session.undecided)
            if is_deciding:
                decider = self._decide(session, decider, now_ns, reason)
            for event in self._leaving(session, now_ns, reason):
                if event.kind == EventClass.CUSTOM:
                    self._release_custom(session, event, decider, now_ns, reason)
                else:
                    self.memory.release(event, decider.of_member(event), now_ns)
                if self.memory.ready >= SLICE:
                    yield
        if not session.held:
            self.memory.holding.pop(session, None)
        self.memory.prune(session, now_ns)
        self._timers.set(session, next_deadline_ns(session, now_ns, self._settings.decision_wait_ns))

    def _count_due(self, session: Session, now_ns: int, reason: Reason) -> int:
        """How many events were held for as long as they must be; they are the first."""
        if reason is not Reason.WAITED:
            return len(session.held)
        return session.count_held(now_ns - self._settings.decision_wait_ns)

    def _decider(self, session: Session, starts: list[Event]) -> Decider:
        return Decider(session, self.memory.spans, self._settings, self._rules, starts)

    def _decide(self, session: Session, decider: Decider, now_ns: int, reason: Reason) -> Decider:
        """Decide the actions whose time has come. `decider` knows all that wait; the one returned knows the decided."""
        wait_ns, until_ns = self._settings.decision_wait_ns, now_ns if reason is Reason.WAITED else NEVER_NS
        interactions = may_be_due(session, decider.rule, self._settings, until_ns)
        timed = [(one, one.due_ns(wait_ns)) for one in decider.candidates(interactions)]
        due = [one for one, due_ns in timed if due_ns <= until_ns]
        customs = [event for event in session.customs() if event.arrived_ns + wait_ns <= until_ns]
        starts = [event for one in due for event in one.events] + customs
        if due and len(starts) < len(session.undecided):  # a busy page is looked at around these alone
            decider = self._decider(session, starts)
        for candidate in due:
            self._rules.count(candidate.clicks, self.counters)
            if candidate.is_dropped:
                session.drop(candidate.events)
            else:
                self._decide_click(session, candidate, decider, now_ns, reason)
        for event in customs:
            if is_timed(event):
                self._remember(session, decider.decide_custom(event), now_ns)
        times_ns = [due_ns for _, due_ns in timed] + [event.arrived_ns + wait_ns for event in session.undecided]
        session.wait_without(starts, min([time_ns for time_ns in times_ns if time_ns > until_ns], default=-1))
        return decider

    def _decide_click(
        self, session: Session, candidate: Candidate, decider: Decider, now_ns: int, reason: Reason
    ) -> None:
        action, added = decider.decide(candidate)
        self._remember(session, action, now_ns)
        self.counters.decided[candidate.clicks[0].event_type, reason] += 1
        own = self._of_head(session, action.head, added, action.view)
        if self.listener is not None:
            self.listener(action, own, decider.pages.page(action.view))
        for event in candidate.events:
            self.memory.release(event, own if event is action.head else action.member, now_ns)

    def _remember(self, session: Session, action: Action, now_ns: int) -> None:
        action.decided_ns, action.expires_ns = now_ns, now_ns + self._settings.decision_wait_ns
        insort(session.actions, action, key=_by_start)

    def _leaving(self, session: Session, now_ns: int, reason: Reason) -> list[Event]:
        """Held events whose time has come, taken from those that are held."""
        wait_ns, due = self._settings.decision_wait_ns, self._count_due(session, now_ns, reason)
        leaving: list[Event] = []
        staying: list[Event] = []
        if reason is not Reason.WAITED:
            leaving, session.held = session.held, []
            self.counters.forced[reason] += sum(now_ns - event.arrived_ns < wait_ns for event in leaving)
            return leaving
        for event in session.held[:due]:
            is_waiting = event.kind == EventClass.INTERACTION  # goes when it is decided
            is_young = event.arrived_ns > now_ns - 3 * wait_ns
            is_covered = is_young and session.may_take(event, self._settings.max_extent_ns)
            (staying if is_waiting or is_covered else leaving).append(event)
        session.held[:due] = staying
        return leaving

    # ------------------------------------------------------------------ what an event gets
    def _release_custom(self, session: Session, event: Event, decider: Decider, now_ns: int, reason: Reason) -> None:
        added = self._of_head(session, event, decider.custom_attributes(event), decider.pages.view_of(event))
        self.counters.decided[CUSTOM, reason] += 1
        if self.listener is not None:
            action = event.action or decider.decide_instant(event)
            self.listener(action, added, decider.pages.page(action.view))
        self.memory.release(event, added, now_ns)

    def _of_head(self, session: Session, event: Event, added: dict[str, object], view_id: str) -> dict[str, object]:
        """An action's attributes with those of its view (SPEC section 10)."""
        assert isinstance(event.detail, Interaction | Custom)
        view, is_custom = session.view_at(view_id, event.start_ns), event.kind == EventClass.CUSTOM
        inherited = self._inheritance.of_view(view, session, event.detail.user_agent, is_custom)
        return self._complete(event, inherited | added)


def _by_start(action: Action) -> tuple[int, bytes]:
    return action.start_ns, action.head.id
