"""The activity of a page, interval by interval or as stretches without a pause.

Two kinds of activity (SPEC section 5): points, which every click before them sees, and requests, which
only the clicks before their start see running (their ends are points for all).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from otelrum.actions.event_class import EventClass
from otelrum.actions.idle import Interval
from otelrum.actions.model import Event

NEVER_NS: Final = 1 << 65  # after every time that 64 bits can hold
_NONE: Final[Interval] = (NEVER_NS, NEVER_NS)

_MANY: Final = 1024
"""Up to this many events, walking along them is cheaper than joining them into stretches."""


class Intervals:
    """Activity interval by interval: a click walks along what it sees, as far as it must."""

    def __init__(self, events: Iterable[Event]) -> None:
        """`events` are in order of their start."""
        self.requests: list[Interval] = []
        points: list[int] = []
        for event in events:
            if event.keeps_busy:
                points.append(event.end_ns)
                if event.kind == EventClass.MUTATION:
                    points.append(event.start_ns)
                elif event.is_request:
                    self.requests.append((event.start_ns, event.end_ns))
        points.sort()
        self.points = points

    def begins_in(self, from_ns: int, before_ns: int) -> bool:
        """Whether there is a point, or a request starts, in [from, before)."""
        point, at = bisect_left(self.points, from_ns), bisect_left(self.requests, (from_ns, -1))
        has_point = point < len(self.points) and self.points[point] < before_ns
        return has_point or (at < len(self.requests) and self.requests[at][0] < before_ns)

    def stretches(self, from_ns: int, to_ns: int) -> Iterator[Interval]:
        """What a click sees whose first moment is `from`, in order: points, and requests that start from then on."""
        requests, points = self.requests, self.points
        at, point = bisect_left(requests, (from_ns, -1)), bisect_left(points, from_ns)
        while True:
            request = requests[at] if at < len(requests) else _NONE
            point_ns = points[point] if point < len(points) else NEVER_NS
            if min(request[0], point_ns) > to_ns:
                return
            if point_ns <= request[0]:
                point += 1
                yield point_ns, point_ns
            else:
                at += 1
                yield request


class Stretches(Intervals):
    """The same for a busy page: how far activity goes on is worked out once, and each click jumps along.

        request 0     [======]                        _ends[0] = d   _next[0] = 3
        request 1         [====]                      _ends[1] = d   _next[1] = 3
        request 2                 [===]               _ends[2] = d   _next[2] = 3
        points                 p      p d             _last[p] = d
        request 3                             [===]   _ends[3] = e   _next[3] = 4
                      |-------- no pause ------|      |-- pause --|

    From the last request to the first: activity that runs until the end of request `at` goes on with the
    points and requests that come before its deadline; `_ends[at]` is where that ends, and `_next[at]` is
    the first request beyond the pause. `_last[point]` is the last point that points alone lead to.
    """

    def __init__(self, events: Iterable[Event], deadline: Callable[[int], int]) -> None:
        """`deadline` gives the time until which the page counts as busy after an activity."""
        super().__init__(events)
        self._deadline = deadline
        self._last = self.points.copy()
        for at in range(len(self.points) - 2, -1, -1):
            if self.points[at + 1] <= deadline(self.points[at]):
                self._last[at] = self._last[at + 1]
        self._starts = [start_ns for start_ns, _ in self.requests]
        self._ends = [end_ns for _, end_ns in self.requests]
        self._next = list(range(1, len(self.requests) + 1))
        for at in range(len(self.requests) - 1, -1, -1):
            self._ends[at], self._next[at] = self._extended(self._ends[at], at + 1)

    def stretches(self, from_ns: int, to_ns: int) -> Iterator[Interval]:
        """What a click sees whose first moment is `from`, in order, as far as it starts by `to`."""
        at, end_ns = bisect_left(self._starts, from_ns), from_ns - 1
        while True:
            point = bisect_right(self.points, end_ns)
            first_ns = min(_at(self._starts, at), _at(self.points, point))
            if first_ns > to_ns:
                return
            end_ns, at = self._extended(first_ns, at)
            yield first_ns, end_ns

    def _extended(self, end_ns: int, at: int) -> tuple[int, int]:
        """Extend activity ending at `end_ns` by points and by requests[at:].

        Returns the new end and the place of the first request not reached.
        """
        while True:
            until_ns = self._deadline(end_ns)
            point = bisect_right(self.points, end_ns)
            if _at(self.points, point) <= until_ns:
                end_ns = self._last[point]
            elif _at(self._starts, at) <= until_ns:
                end_ns, at = max(end_ns, self._ends[at]), self._next[at]
            else:
                return end_ns, at


def activity_of(events: list[Event], deadline: Callable[[int], int]) -> Intervals:
    """The activity of these events, in the form that costs less."""
    return Stretches(events, deadline) if len(events) > _MANY else Intervals(events)


def _at(times_ns: list[int], at: int) -> int:
    return times_ns[at] if at < len(times_ns) else NEVER_NS
