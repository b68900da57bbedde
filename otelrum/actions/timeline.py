"""What happened around an action, in order, and when nothing did (SPEC section 5).

    press   click          last activity    end of the wait
      |       |                  |               |
    --P-------C---[==request==]--m---------------|----[== outside ==]---> time
              |<-- the action -->|<- quiet that ->|
                      ended it: more than `idle`

Works on what was decided, and decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from otelrum.actions.clock_step import opens_ns
from otelrum.actions.event_class import REPORTED_LATE, EventClass
from otelrum.actions.idle import EndReason, deadline
from otelrum.actions.labels import label, short, what
from otelrum.actions.model import Action, Event
from otelrum.actions.page import Page
from otelrum.actions.settings import MS, Settings
from otelrum.actions.window import is_error_of

AROUND_NS: Final = 500 * MS
"""What is shown of the page before and after an action: what a person would take for the same moment."""


class Line(NamedTuple):
    """Something that happened, as it is drawn. `role`: `member`, `outside`, or `ignored` (keeps nobody busy)."""

    what: str
    label: str
    start_ns: int
    end_ns: int
    role: str
    is_last: bool


class Quiet(NamedTuple):
    """A time in which nothing happened. The one that ended the action goes on until the wait was over."""

    start_ns: int
    end_ns: int
    is_end: bool


class Activity(NamedTuple):
    """What the idle rule can have seen: busy from `start` to `end`, or a point."""

    start_ns: int
    end_ns: int
    event: Event


class Timeline:
    """One action and its page, as it was known at the decision."""

    def __init__(self, action: Action, reason: str, page: Page, settings: Settings) -> None:
        self._action = action
        self._reason = reason
        self._page = page
        self._settings = settings
        self.events = sorted(self._around(), key=lambda event: (event.start_ns, event.id))
        """All that touches the action or the moments around it."""
        self.activity = sorted(self._seen(), key=lambda one: one[:2])
        self.last = self._found_last()
        """What was over when the action was; nothing where something else ended it."""

    # ------------------------------------------------------------------ lines
    def lines(self) -> list[Line]:
        """The events, errors and presses as they are drawn, in order of their start."""
        lines = [line for event in self.events for line in self._lines_of(event)]
        for click in self._action.clicks:
            if click.pressed_ns is not None and click.pressed_ns < click.start_ns:
                lines.append(Line("press", "press", click.pressed_ns, click.start_ns, "member", False))
        return sorted(lines, key=lambda line: (line.start_ns, line.end_ns))

    def _around(self) -> Iterable[Event]:
        action = self._action
        pressed = [click.pressed_ns for click in action.clicks if click.pressed_ns is not None]
        from_ns, to_ns = min([action.start_ns, *pressed]) - AROUND_NS, action.end_ns + AROUND_NS
        near = self._page.started(from_ns - self._settings.max_duration_ns, to_ns)
        return {event for event in near if event.last_ns >= from_ns} | action.members | {action.head}

    def _lines_of(self, event: Event) -> Iterable[Line]:
        if event.kind != EventClass.ERROR:
            is_last = any(one.event is event for one in self.last)
            yield Line(what(event), label(event), event.start_ns, event.end_ns, self._role(event), is_last)
        for fault in event.faults:
            role = "member" if is_error_of(self._action, fault) else "outside"
            yield Line("error", short(fault.message) or "an error", fault.time_ns, fault.time_ns, role, False)

    def _role(self, event: Event) -> str:
        action = self._action
        if event.kind == EventClass.RESOURCE and not event.keeps_busy:
            return "ignored"
        if event.action is action or event in action.members:
            return "member"
        is_over = event.start_ns <= action.end_ns and event.end_ns >= action.start_ns
        return "member" if event.kind in REPORTED_LATE and is_over else "outside"

    # ------------------------------------------------------------------ activity
    def _seen(self) -> Iterable[Activity]:
        first_ns = opens_ns(self._action.start_ns)
        for event in self._page.active:
            if not event.keeps_busy or (self._settings.by_trace and event not in self._action.members):
                continue
            if event.kind == EventClass.MUTATION:
                yield from (Activity(n, n, event) for n in {event.start_ns, event.end_ns} if n >= first_ns)
            elif event.is_request and event.start_ns >= first_ns:
                yield Activity(event.start_ns, event.end_ns, event)
            elif event.end_ns >= first_ns:
                yield Activity(event.end_ns, event.end_ns, event)

    def _found_last(self) -> list[Activity]:
        if self._reason != EndReason.IDLE:
            return []
        return [one for one in self.activity if max(one.end_ns, self._action.start_ns) == self._action.end_ns]

    def running(self) -> list[Activity]:
        """What still ran at the end."""
        return [one for one in self.activity if one.start_ns <= self._action.end_ns < one.end_ns]

    def following(self) -> Activity | None:
        """The first activity after the end."""
        return next((one for one in self.activity if one.start_ns > self._action.end_ns), None)

    def wait_end_ns(self) -> int:
        """When the browser could say that nothing had happened for `idle`."""
        return deadline(self._action.end_ns + self._settings.idle_ns, self._page.blocked)

    def quiet(self) -> list[Quiet]:
        """The pauses from the click to the end, and the one that ended it."""
        action, at_ns = self._action, self._action.start_ns
        out: list[Quiet] = []
        for one in self.activity:
            if one.start_ns > action.end_ns:
                break
            if one.start_ns > at_ns:
                out.append(Quiet(at_ns, one.start_ns, False))
            at_ns = max(at_ns, min(one.end_ns, action.end_ns))
        if self._reason in (EndReason.IDLE, EndReason.NO_ACTIVITY):
            out.append(Quiet(action.end_ns, self.wait_end_ns(), True))
        return out
