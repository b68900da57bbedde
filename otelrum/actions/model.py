"""The values of the domain: events as they came from a browser, and the actions made of them.

Times named `start_ns`, `end_ns` and `time_ns` are the browser's, in unix nanoseconds; `arrived_ns`
and `released_ns` are the collector's clock. The two are never compared (SPEC section 11).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from mypy_extensions import mypyc_attr

from otelrum.actions.event_class import TOLD_LATE
from otelrum.actions.gesture import NO_GESTURE, Gesture
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


class Fault(NamedTuple):
    """One error: when, and its message where it has one."""

    time_ns: int
    message: str


@mypyc_attr(acyclic=True)
class Interaction:
    """What an interaction span or record tells beyond times and ids."""

    __slots__ = ("address", "event_type", "gesture", "sees_mutations", "service", "target", "user_agent")

    def __init__(
        self,
        event_type: str,
        target: Target,
        sees_mutations: bool = False,
        user_agent: str = "",
        address: str = "",
        gesture: Gesture = NO_GESTURE,
        service: str = "",
    ) -> None:
        self.event_type = event_type
        self.target = target
        self.gesture = gesture
        self.sees_mutations = sees_mutations
        """`browser.mutation_observer` is true on the span or its resource."""
        self.user_agent = user_agent
        """The request's User-Agent header."""
        self.address = address
        """The client's address, where geography is wanted."""
        self.service = service
        """Of a record: the `service.name` of its resource, which is part of the action's id."""


@dataclass(frozen=True, slots=True)
class Custom:
    """A custom action: its name and flat context (SPEC section 9). How long it lasts its event tells."""

    name: str
    context: Mapping[str, object]
    user_agent: str = ""
    address: str = ""
    service: str = ""
    """As an interaction's."""


@dataclass(frozen=True, slots=True)
class Timing:
    """What a resource record says of its times, all but `written_ns` from the page's time origin.

    Of `browser.navigation_timing` `start_ns` is its `fetch_start`, and nobody asks for the end.
    """

    written_ns: int
    start_ns: int
    end_ns: int

    @property
    def origin_at_most_ns(self) -> int:
        """The page's time origin is not after this: a record is written when the request has ended."""
        return self.written_ns - self.end_ns


@dataclass(frozen=True, slots=True)
class UserActivity:
    """What a gesture made: `type` is `input`, `scroll` or `selection`."""

    gesture_id: str
    type: str


@dataclass(frozen=True, slots=True)
class Frame:
    """When the browser told a long animation frame to the page."""

    told_ns: int


Detail = Interaction | Custom | Timing | UserActivity | Frame | None


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
    """Of the session that it is in."""
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
        self.page = view if view and kind not in TOLD_LATE and not is_record else None
        """Its view where that is beyond doubt, None where others decide it (SPEC sections 3 and 12)."""
        self.tab = tab
        self.faults = faults
        self.url = url
        """Of a request; of a change of route the new address."""
        self.method = method
        """Of a request that has a parent."""
        self.route = route
        """Where the page stood (`route_of` its address), told by an event without a view id (SPEC section 3)."""
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
        """The earliest moment that it tells of."""
        return min(self.start_ns, *(f.time_ns for f in self.faults)) if self.faults else self.start_ns

    @property
    def last_ns(self) -> int:
        """The latest moment that it tells of."""
        return max(self.end_ns, *(f.time_ns for f in self.faults)) if self.faults else self.end_ns


@mypyc_attr(acyclic=True)
class ExpiredWindow:
    """What is left of an action whose decision is expired: where its events would lie."""

    __slots__ = ("end_ns", "start_ns", "until_ns", "view")

    def __init__(self, view: str, start_ns: int, end_ns: int, until_ns: int) -> None:
        self.view = view
        self.start_ns = start_ns
        self.end_ns = end_ns
        self.until_ns = until_ns


class Action:
    """One decided action: its window, and what its spans get."""

    __slots__ = (
        "decided_ns",
        "end_ns",
        "errors_until_ns",
        "forget_ns",
        "head",
        "id",
        "member",
        "members",
        "spans",
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
        self.spans: list[Event] = []
        """Its interaction spans and records, the head among them."""
        self.member: dict[str, object] = {"action.id": id}
        self.members: set[Event] = set()
        """What was of it when it was decided, but for its interactions and long tasks."""
        self.decided_ns = 0
        self.forget_ns = 0
