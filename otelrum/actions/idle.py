"""When does it end? The idle rule, alone (SPEC section 5).

    t0          first activity       last activity          end of the action = last activity
     |<- idle ->|                          |<--- idle --->|
  ---C---------[=====request=====]----m----m--------------|---------------------------------> time
     |                                                                                   |
     |<------------------------------- max_duration ------------------------------------>|

- nothing at all within `idle`: no activity, the action ends at t0;
- a gap of exactly `idle` does not end it, one nanosecond more does;
- a deadline while the browser is blocked moves to 1 ms after that task's or frame's end, again and again;
- not yet idle for more than `idle` at t0 + max_duration: it ends there;
- the page's view ends, or the page goes, while the action is alive: it ends there, and that counts as activity.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from otelrum.actions.clock_step import is_over_ns, opens_ns

Interval = tuple[int, int]
"""Start and end in ns, both included; a point has two equal times."""


class EndReason(StrEnum):
    """Values of `action.end_reason` (SPEC section 6)."""

    IDLE = "idle"
    NO_ACTIVITY = "no_activity"
    MAX_DURATION = "max_duration"
    VIEW = "view"
    PAGE_EXIT = "page_exit"
    EXPLICIT = "explicit"


class End(NamedTuple):
    """When something ends (ns), and why."""

    time_ns: int
    reason: EndReason


def activity_end(
    t0_ns: int,
    activities: Iterable[Interval],
    blocked: list[Interval],
    idle_ns: int,
    max_duration_ns: int,
    left: End | None = None,
) -> End:
    """The end of the last activity that belongs to a click at `t0_ns`; t0 when there was none.

    `activities` are busy intervals and points in order of their start; what ended more than 1 ms
    before t0 is not seen, and what begins before t0 counts from t0. `blocked` comes from `merged`.
    `left` is when the user left the view or the page.
    """
    cap_ns = t0_ns + max_duration_ns
    limit_ns = cap_ns if left is None else min(cap_ns, left.time_ns)
    first_ns, last_ns, is_active = opens_ns(t0_ns), t0_ns, False
    alive_until_ns = deadline(t0_ns + idle_ns, blocked)
    for start_ns, end_ns in activities:
        if end_ns < first_ns:
            continue
        if start_ns > alive_until_ns or start_ns > limit_ns:
            break
        is_active = True
        if end_ns > last_ns:
            last_ns = end_ns
            alive_until_ns = deadline(last_ns + idle_ns, blocked)
    if alive_until_ns >= limit_ns:
        if left is not None and left.time_ns <= cap_ns:
            return End(max(left.time_ns, t0_ns), left.reason)
        if is_active:
            return End(cap_ns, EndReason.MAX_DURATION)
    return End(last_ns, EndReason.IDLE) if is_active else End(t0_ns, EndReason.NO_ACTIVITY)


def merged(intervals: Iterable[Interval]) -> list[Interval]:
    """Intervals in their order, overlapping ones joined: a deadline moves past all of a chain."""
    out: list[Interval] = []
    for start_ns, end_ns in sorted(intervals):
        if out and start_ns <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], end_ns))
        else:
            out.append((start_ns, end_ns))
    return out


def deadline(deadline_ns: int, blocked: list[Interval]) -> int:
    """This deadline, or 1 ms after the end of the long task or frame around it, as often as needed."""
    at = _last_begun(blocked, deadline_ns)
    while 0 <= at < len(blocked):
        start_ns, end_ns = blocked[at]
        if not start_ns <= deadline_ns <= end_ns:
            break
        deadline_ns = is_over_ns(end_ns)
        at += 1
    return deadline_ns


def _last_begun(blocked: list[Interval], time_ns: int) -> int:
    """The place of the last one that starts by this time; -1 for none."""
    low, high = 0, len(blocked)
    while low < high:
        middle = (low + high) // 2
        if blocked[middle][0] <= time_ns:
            low = middle + 1
        else:
            high = middle
    return low - 1
