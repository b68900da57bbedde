"""The values of the domain: events as they came from a browser, and the actions made of them.

Times named `start_ns`, `end_ns` and `time_ns` are the browser's, in unix nanoseconds; `arrived_ns`
and `released_ns` are the collector's clock. The two are never compared (SPEC section 11).
"""

from __future__ import annotations

from collections.abc import Mapping

from mypy_extensions import mypyc_attr

from otelrum.actions.details import Detail, Fault, Interaction
from otelrum.actions.event_class import REPORTED_LATE
from otelrum.actions.gesture import Gesture
from otelrum.actions.settings import INSTANT_NS
from otelrum.actions.target import Target


@mypyc_attr(acyclic=True)
class SessionKey:
    """Service and session id; without a session id service and trace id."""

    __slots__ = ("_hash", "service", "session", "trace")

    def __init__(self, service: str, session: str, trace: bytes = b"") -> None:
        self.service = service
        """Empty where the services of a page share it (`page_by_service: false`)."""
        self.session = session
        self.trace = trace
        self._hash = hash((service, session, trace))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SessionKey):
            return NotImplemented
        return self.session == other.session and self.service == other.service and self.trace == other.trace

    def __repr__(self) -> str:
        return f"SessionKey({self.service!r}, {self.session!r}, {self.trace!r})"


@mypyc_attr(acyclic=True)
class Event:
    """One span or log record of a browser, held or remembered.

    `id` names it among all spans (trace id and span id; of a record a digest of what makes copies
    equal); `parent` is the `id` of its parent span, or of a record's span context; both may be
    empty. `payload` is whatever the caller wants back at its release, None when it has gone.
    """

    __slots__ = (
        "action",
        "added",
        "arrived_ns",
        "copies",
        "counterpart",
        "detail",
        "end_ns",
        "extra_bytes",
        "faults",
        "id",
        "is_counted",
        "is_record",
        "is_request",
        "keeps_busy",
        "key",
        "kind",
        "method",
        "page",
        "parent",
        "payload",
        "released_ns",
        "route",
        "start_ns",
        "tab",
        "url",
        "view",
    )

    key: SessionKey
    """The key of the session that it is in."""
    arrived_ns: int

    def __init__(
        self,
        kind: int,
        start_ns: int,
        end_ns: int,
        id: bytes = b"",
        parent: bytes = b"",
        view: str = "",
        tab: str = "",
        faults: tuple[Fault, ...] = (),
        url: str = "",
        detail: Detail = None,
        is_record: bool = False,
        is_request: bool = False,
        keeps_busy: bool = True,
        payload: object = None,
        extra_bytes: int = 0,
        is_counted: bool = True,
        method: str = "",
        route: str = "",
    ) -> None:
        self.kind = kind
        self.start_ns = start_ns
        self.end_ns = max(start_ns, end_ns)  # SPEC section 2: instant at its start
        self.id = id
        self.parent = parent
        self.view = view
        self.page = view if view and kind not in REPORTED_LATE and not is_record else None
        """Its view where that is beyond doubt, None where others decide it (SPEC sections 3 and 12)."""
        self.tab = tab
        self.faults = faults
        self.url = url
        """The address of a request; the new address of a change of route."""
        self.method = method
        """The method of a request that has a parent."""
        self.route = route
        """Where the page stood (`route_of` its address), reported by an event without a view id (SPEC section 3)."""
        self.detail = detail
        self.is_record = is_record
        self.is_request = is_request
        self.keeps_busy = keeps_busy
        self.is_counted = is_counted
        """Whether it is one of those that an action counts: not a `data:` URL, and no late timer."""
        self.payload = payload
        self.extra_bytes = extra_bytes
        self.released_ns = -1
        self.action: Action | None = None
        self.added: dict[str, object] | None = None
        self.copies: list[object] | None = None
        self.counterpart: Event | None = None

    @property
    def is_held(self) -> bool:
        return self.released_ns < 0

    @property
    def first_ns(self) -> int:
        """The earliest moment that it covers."""
        return min(self.start_ns, *(f.time_ns for f in self.faults)) if self.faults else self.start_ns

    @property
    def last_ns(self) -> int:
        """The latest moment that it covers."""
        return max(self.end_ns, *(f.time_ns for f in self.faults)) if self.faults else self.end_ns


def interaction(event: Event) -> Interaction:
    """The facts of an interaction event."""
    assert isinstance(event.detail, Interaction)
    return event.detail


class Click:
    """One click of the user: its interactions, of which `head` is the action span."""

    __slots__ = ("events", "gesture", "head", "name", "name_rule", "pressed_ns", "start_ns", "target", "view")

    def __init__(
        self, head: Event, events: list[Event], target: Target, view: str, gesture: Gesture, pressed_ns: int | None
    ) -> None:
        self.head = head
        self.events = events
        """In order of their start."""
        self.target = target
        self.view = view
        self.gesture = gesture
        """What the page module wrote, on one of its spans."""
        self.pressed_ns = pressed_ns
        """When the pointer went down, where the page reports."""
        self.start_ns = head.start_ns
        self.name = ""
        """What a rule of the configuration calls its action."""
        self.name_rule = -1
        """The place of that rule, or of the one that drops it; -1 for none."""

    @property
    def arrived_ns(self) -> int:
        """When the first of its interactions came."""
        first_ns = self.head.arrived_ns
        for event in self.events:
            first_ns = min(first_ns, event.arrived_ns)
        return first_ns

    @property
    def event_type(self) -> str:
        return interaction(self.head).event_type


class Action:
    """One decided action: its window, and what its spans get."""

    __slots__ = (
        "clicks",
        "decided_ns",
        "end_ns",
        "errors_until_ns",
        "expires_ns",
        "figures",
        "head",
        "id",
        "member",
        "members",
        "start_ns",
        "view",
    )

    def __init__(self, id: str, head: Event, view: str, start_ns: int, end_ns: int) -> None:
        self.id = id
        self.head = head
        self.view = view
        self.start_ns = start_ns
        self.end_ns = end_ns
        self.errors_until_ns = end_ns
        self.clicks: list[Click] = []
        """The clicks of an automatic action; a custom one has none."""
        self.figures: Mapping[str, object] = {}
        """What a timed custom action's span is to say, when it goes."""
        self.member: dict[str, object] = {}
        """What its spans and members get that are of no other action."""
        self.members: set[Event] = set()
        """What was of it when it was decided, but for its interactions, long tasks and frames."""
        self.decided_ns = 0
        self.expires_ns = 0

    @property
    def is_automatic(self) -> bool:
        """Whether clicks made it, and not the page's own word."""
        return bool(self.clicks)


def is_timed(event: Event) -> bool:
    """Whether a custom action has a window (SPEC section 9)."""
    return event.end_ns - event.start_ns >= INSTANT_NS


@mypyc_attr(acyclic=True)
class ExpiredWindow:
    """What is left of an action whose decision is expired: where its events would lie (SPEC section 11)."""

    __slots__ = ("end_ns", "id", "is_automatic", "start_ns", "until_ns", "view")

    def __init__(self, action: Action, until_ns: int) -> None:
        self.id = action.id
        self.view = action.view
        self.start_ns = action.start_ns
        self.end_ns = action.end_ns
        self.is_automatic = action.is_automatic
        self.until_ns = until_ns
