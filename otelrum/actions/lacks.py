"""What pages do not report, so that actions are poorer than they could be, and the line that would mend it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from otelrum.actions.attributes import ACTION_NAME_SOURCE
from otelrum.actions.details import Interaction
from otelrum.actions.event_class import EventClass
from otelrum.actions.lineage import Spans
from otelrum.actions.model import Action, Event
from otelrum.actions.naming import NameSource
from otelrum.actions.settings import SECOND

MAX_SERVICES: Final = 100
"""Anybody can send a new name."""

ENOUGH: Final = 3
"""Actions of a service before something is said to be missing from all of them."""

CLOCK_JUMP_NS: Final = 60 * SECOND
"""Reports come seconds late; between two of one page that come so differently late, a clock was set."""

TORN_SHARE: Final = 0.2
"""Share of requests whose parent is missing: a few are when a page goes, a fifth only where traces are sampled."""


class Lack(NamedTuple):
    """One thing that is missing: what, what it costs, and the line to add to the page or the configuration."""

    key: str
    service: str
    title: str
    why: str
    line: str


_TEXTS: Final[Mapping[str, tuple[str, str, str]]] = {
    "session": (
        "There are no session ids",
        "What lost its parent, as after a native await, cannot find its action, and a rage is found in one trace only.",
        "spanProcessors: [createSessionSpanProcessor(sessions), …]   // @opentelemetry/web-common",
    ),
    "view": (
        "There are no view ids",
        "An action does not end when the user goes on to another view, and has no view attributes.",
        "start({ tracer });   // otelrum.js gives each view its view.id",
    ),
    "mutations": (
        "The page does not send its mutations",
        "A click that only changes the page has no loading time, and no click can be called dead.",
        "start({ tracer });   // otelrum.js sends dom.mutation spans",
    ),
    "names": (
        "Actions are named by selectors only",
        "People cannot read them, and they change with the page's structure.",
        "new UserInteractionInstrumentation({ shouldPreventSpanCreation: interactionHook })   // of otelrum.js",
    ),
    "records": (
        "There are no log events",
        "Clicks without a listener, images and scripts, errors and changes of route are not seen by spans alone.",
        "@opentelemetry/browser-instrumentation, exported to /v1/logs with the same session.id",
    ),
    "sampling": (
        "Traces are sampled one by one",
        "Requests come whose parents never do: parts of most actions are missing. Sessions must be sampled whole.",
        "sampler: sampler(0.1)   // of otelrum/sampling: every tenth session, and that one whole",
    ),
    "clock": (
        "A browser's clock jumps",
        "Times of one page do not fit together, so its loading times may be wrong. Machines that sleep do that.",
        "# nothing to add: rum_action finds the origin anew where the page sends log events",
    ),
}


class _Seen:
    """What one service has reported so far."""

    __slots__ = ("actions", "has", "orphans", "parents")

    def __init__(self) -> None:
        self.actions = 0
        self.has: set[str] = set()
        """The keys of _TEXTS that are there."""
        self.parents = 0
        self.orphans = 0


class Lacks:
    """Looks at decided actions, and says what they all lack."""

    def __init__(self, knows_arrivals: bool = True) -> None:
        """`knows_arrivals` is false for a recording: nobody knows when its items came."""
        self._knows_arrivals = knows_arrivals
        self._services: dict[str, _Seen] = {}
        self._jumps: dict[str, None] = {}

    def see(self, service: str, action: Action, added: Mapping[str, object], events: list[Event], spans: Spans) -> None:
        """`events` are what is known of its page, `added` what its span gets."""
        if service not in self._services and len(self._services) >= MAX_SERVICES:
            return
        seen = self._services.setdefault(service, _Seen())
        seen.actions += 1
        seen.has.update(_present(action, added, events))
        for event in events:
            if event.kind == EventClass.RESOURCE and event.parent and not event.is_record:
                seen.parents += 1
                seen.orphans += spans.get(event.parent) is None
        if self._knows_arrivals and _jumps(events):
            self._jumps[service] = None

    def findings(self) -> list[Lack]:
        """What is missing, service by service."""
        return [
            Lack(key, service, *_TEXTS[key])
            for service, seen in self._services.items()
            for key in self._of(service, seen)
        ]

    def _of(self, service: str, seen: _Seen) -> Iterable[str]:
        if seen.actions >= ENOUGH:
            yield from (key for key in ("session", "view", "mutations", "names", "records") if key not in seen.has)
        if seen.orphans > max(ENOUGH, TORN_SHARE * seen.parents):
            yield "sampling"
        if service in self._jumps:
            yield "clock"


def _present(action: Action, added: Mapping[str, object], events: list[Event]) -> Iterable[str]:
    head = action.head
    if head.key.session:
        yield "session"
    if head.view or head.route:
        yield "view"
    if added.get(ACTION_NAME_SOURCE) not in (None, NameSource.SELECTOR):
        yield "names"
    if any(event.kind == EventClass.MUTATION for event in events) or _sees_mutations(head):
        yield "mutations"
    if any(event.is_record for event in events) or head.is_record:
        yield "records"


def _sees_mutations(head: Event) -> bool:
    return isinstance(head.detail, Interaction) and head.detail.sees_mutations


def _jumps(events: list[Event]) -> bool:
    """Whether what was reported of one page came so differently late that a clock was set between."""
    late_ns = [event.arrived_ns - event.end_ns for event in events if not event.is_record]
    return bool(late_ns) and max(late_ns) - min(late_ns) > CLOCK_JUMP_NS
