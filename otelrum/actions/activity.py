"""The activity of a page, piece by piece or as stretches without a pause.

Two kinds of activity (SPEC section 5): points, which every click before them sees, and requests, which
only the clicks before their start see running (their ends are points for all). On a busy page it is
worked out once, from the last request to the first, how far activity goes on from there; a click then
jumps along. For the idle rule both are the same (a property test says so).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from otelrum.actions.event_class import EventClass
from otelrum.actions.idle import Interval
from otelrum.actions.model import Event

_NEVER: Final = 1 << 65  # after every time that 64 bits can tell
_NONE: Final[Interval] = (_NEVER, _NEVER)


class Intervals:
    """Activity of a page piece by piece: a click walks along what it sees, as far as it must."""

    def __init__(self, events: Iterable[Event]) -> None:
        """`events` are in order of their start."""
        self._requests: list[Interval] = []
        self._points: list[int] = []
        for event in events:
            if event.keeps_busy:
                self._points.append(event.end_ns)
                if event.kind == EventClass.MUTATION:
                    self._points.append(event.start_ns)
                elif event.is_request:
                    self._requests.append((event.start_ns, event.end_ns))
        self._points.sort()

    def stretches(self, from_ns: int, to_ns: int) -> Iterator[Interval]:
        """What a click sees whose first moment is `from`, in order: points, and requests that start from then on."""
        requests, points = self._requests, self._points
        at, point = bisect_left(requests, (from_ns, -1)), bisect_left(points, from_ns)
        while True:
            request = requests[at] if at < len(requests) else _NONE
            point_ns = points[point] if point < len(points) else _NEVER
            if min(request[0], point_ns) > to_ns:
                return
            if point_ns <= request[0]:
                point += 1
                yield point_ns, point_ns
            else:
                at += 1
                yield request


class Activity:
    """All activity of one page. `deadline` tells until when the page counts as busy after an activity."""

    def __init__(self, events: Iterable[Event], deadline: Callable[[int], int]) -> None:
        active = [event for event in events if event.keeps_busy]
        requests = sorted((e.start_ns, e.end_ns) for e in active if e.is_request and e.kind == EventClass.RESOURCE)
        self._deadline = deadline
        self._points = sorted(
            {e.end_ns for e in active} | {e.start_ns for e in active if e.kind == EventClass.MUTATION}
        )
        self._last = self._points.copy()
        """For each point the last one that is reached from it by points alone."""
        for at in range(len(self._points) - 2, -1, -1):
            if self._points[at + 1] <= deadline(self._points[at]):
                self._last[at] = self._last[at + 1]
        self._starts = [start_ns for start_ns, _ in requests]
        self._reach = [end_ns for _, end_ns in requests]
        self._next = list(range(1, len(requests) + 1))
        for at in range(len(requests) - 1, -1, -1):
            self._reach[at], self._next[at] = self._extended(self._reach[at], at + 1)

    def stretches(self, from_ns: int, to_ns: int) -> Iterator[Interval]:
        """What a click sees whose first moment is `from`, in order, as far as it starts by `to`."""
        at, end_ns = bisect_left(self._starts, from_ns), from_ns - 1
        while True:
            point = bisect_right(self._points, end_ns)
            first_ns = min(_at(self._starts, at), _at(self._points, point))
            if first_ns > to_ns:
                return
            end_ns, at = self._extended(first_ns, at)
            yield first_ns, end_ns

    def _extended(self, end_ns: int, at: int) -> tuple[int, int]:
        """How far activity at `end` goes on with points and the requests from `at`, and the first request after."""
        while True:
            until_ns = self._deadline(end_ns)
            point = bisect_right(self._points, end_ns)
            if _at(self._points, point) <= until_ns:
                end_ns = self._last[point]
            elif _at(self._starts, at) <= until_ns:
                end_ns, at = max(end_ns, self._reach[at]), self._next[at]
            else:
                return end_ns, at


def _at(times_ns: list[int], at: int) -> int:
    return times_ns[at] if at < len(times_ns) else _NEVER
