"""What events of some classes report beyond their times and ids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from mypy_extensions import mypyc_attr

from otelrum.actions.gesture import NO_GESTURE, Gesture
from otelrum.actions.target import Target


class Fault(NamedTuple):
    """One error: when, and its message where it has one."""

    time_ns: int
    message: str


@mypyc_attr(acyclic=True)
class Interaction:
    """What an interaction span or record reports beyond times and ids."""

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
        """The client's address, where `geo.from` needs it."""
        self.service = service
        """The `service.name` of a record's resource, which is part of the action's id."""


@dataclass(frozen=True, slots=True)
class Custom:
    """A custom action: its name and flat context (SPEC section 9). Its event has its duration."""

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
    """When the browser reported a long animation frame to the page."""

    reported_ns: int


Detail = Interaction | Custom | Timing | UserActivity | Frame | None
