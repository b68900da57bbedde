"""What lies in an action's window, and so is of it (SPEC section 5, "Belonging to the action")."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator

from otelrum.actions.clicks import parent_click
from otelrum.actions.idle import Interval
from otelrum.actions.lineage import Memo, nearest
from otelrum.actions.model import Action, Event, Kind
from otelrum.actions.session import Session, Spans
from otelrum.actions.settings import CLOCK_STEP_NS, Settings

_WITH_ACTIVITY = (Kind.RESOURCE, Kind.MUTATION)
_LIVE = (Kind.INTERACTION, Kind.MUTATION)


class Window:
    """Answers questions about one session at one moment; makes nothing and keeps nothing but what it found."""

    def __init__(self, session: Session, spans: Spans, settings: Settings) -> None:
        self._session = session
        self._spans = spans
        self._by_trace = settings.by_trace
        # A rage takes clicks up to `max_duration` after its first, and each may last as long.
        self._reach_ns = settings.max_duration_ns + settings.reach_ns
        self._clicks: Memo = {}
        self._families: dict[Action, Memo] = {}
        self._lives: dict[str, int] = {}
        self._mutated: set[str] | None = None

    # ------------------------------------------------------------------ a page
    def of_page(self, view: str, from_ns: int, to_ns: int) -> list[Event]:
        """The page's events with a moment in [from, to], each request and error once, by start."""
        return [
            event
            for event in self._session.between(from_ns, to_ns)
            if not (event.is_record and event.twin is not None) and self.view_of(event) == view
        ]

    def view_of(self, event: Event) -> str:
        return self._session.view_of(event, self._spans)

    def latest_life(self, view: str) -> int:
        """The latest start of an interaction, request or mutation of the page (SPEC section 5, rule 5)."""
        if not self._lives:
            for event in self._session.events:
                if _is_alive(event):
                    own = self.view_of(event)
                    self._lives[own] = max(self._lives.get(own, -1), event.start_ns)
        return self._lives.get(view, -1)

    def has_mutation(self, view: str) -> bool:
        """Whether the page is known to have changed at all."""
        if self._mutated is None:
            self._mutated = {self.view_of(e) for e in self._session.events if e.kind is Kind.MUTATION}
        return view in self._mutated

    def activities(self, events: Iterable[Event], t0_ns: int, own: frozenset[Event]) -> Iterator[Interval]:
        """Busy intervals and points as a click at t0 sees them (SPEC section 5). `own` are its interactions."""
        for event in events:
            if event.kind not in _WITH_ACTIVITY or not event.keeps_busy:
                continue
            descends = self._descends(event, own) if self._by_trace or event.start_ns < t0_ns - CLOCK_STEP_NS else True
            if self._by_trace and not descends:
                continue
            if event.kind is Kind.MUTATION:
                yield event.start_ns, event.start_ns
                yield event.end_ns, event.end_ns
            elif event.is_request and descends:
                yield event.start_ns, event.end_ns
            else:
                yield event.end_ns, event.end_ns

    def _descends(self, event: Event, own: frozenset[Event]) -> bool:
        click = parent_click(event, self._spans, self._clicks)
        return click is not None and click in own

    # ------------------------------------------------------------------ an action
    def has(self, action: Action, event: Event) -> bool:
        """Whether an event other than an interaction is of a decided action."""
        if not _in_time(action, event) or self.view_of(event) != action.view:
            return False
        told = event.twin if event.is_record and event.twin is not None else event
        if self._by_trace or event.kind is Kind.DESCENDANT:
            has_error = not self._by_trace and errors_in(action, event) > 0
            return has_error or self._is_family(action, told)
        return True

    def _is_family(self, action: Action, event: Event) -> bool:
        """Descends from an interaction of the action or, where pages count, from another span of it."""

        def is_of(other: Event) -> bool:
            if other.kind is Kind.INTERACTION:
                return other.action is action
            return not self._by_trace and other.kind is not Kind.DESCENDANT and self.has(action, other)

        return nearest(event, self._spans, is_of, self._families.setdefault(action, {})) is not None

    def all_of(self, event: Event) -> list[Action]:
        """The decided actions that an event is of, oldest first."""
        actions = self._session.actions
        low = bisect_left(actions, event.first_ns - self._reach_ns, key=_start)
        high = bisect_right(actions, event.last_ns + CLOCK_STEP_NS, key=_start)
        return [action for action in actions[low:high] if self.has(action, event)]

    def main_of(self, event: Event, actions: list[Action]) -> Action:
        """Of several actions the one that the event descends from, else the latest started (SPEC section 6)."""
        told = event.twin if event.is_record and event.twin is not None else event
        click = parent_click(told, self._spans, self._clicks)
        seen: set[Event] = set()
        while click is not None and click not in seen:
            if click.action in actions:
                return click.action
            seen.add(click)
            click = parent_click(click, self._spans, self._clicks)
        return actions[-1]


def _in_time(action: Action, event: Event) -> bool:
    told = event.twin if event.is_record and event.twin is not None and event.kind is Kind.RESOURCE else event
    if event.faults and errors_in(action, event):
        return True
    if event.kind is Kind.LONG_TASK:
        return told.start_ns <= action.end_ns and told.end_ns >= action.start_ns
    if event.kind is Kind.ERROR:
        return False
    return action.start_ns - CLOCK_STEP_NS <= told.start_ns <= action.end_ns


def errors_in(action: Action, event: Event) -> int:
    """How many of an event's errors are the action's."""
    from_ns, to_ns = action.start_ns - CLOCK_STEP_NS, action.errors_until_ns
    return sum(from_ns <= fault.time_ns <= to_ns for fault in event.faults)


def _is_alive(event: Event) -> bool:
    return event.kind in _LIVE or (event.kind is Kind.RESOURCE and event.is_request)


def _start(action: Action) -> int:
    return action.start_ns
