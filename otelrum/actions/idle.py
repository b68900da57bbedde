"""When does it end? The idle rule, alone (SPEC section 5).

    t0          first activity       last activity          end of the action = last activity
     |<- idle ->|                          |<--- idle --->|
  ---C---------[=====request=====]----m----m--------------|---------------------------------> time
     |                                                                                   |
     |<------------------------------- max_duration ------------------------------------>|

- nothing at all within `idle`: no activity, the action ends at t0;
- a gap of exactly `idle` does not end it, one nanosecond more does;
- a deadline inside a long task moves to 1 ms after that task's end, again and again;
- not yet idle for more than `idle` at t0 + max_duration: it ends there;
- the page's view ends while the action is alive: it ends there, and that counts as activity.
"""

from __future__ import annotations

from collections.abc import Iterable

from otelrum.actions.settings import CLOCK_STEP_NS

Interval = tuple[int, int]
"""Start and end in ns, both included; a point has two equal times."""


def activity_end(
    t0_ns: int,
    activities: Iterable[Interval],
    long_tasks: list[Interval],
    idle_ns: int,
    max_duration_ns: int,
    view_end_ns: int | None = None,
) -> int | None:
    """The end of the last activity that belongs to a click at `t0_ns`; None when there was none.

    `activities` are busy intervals and points in order of their start; what ended more than 1 ms
    before t0 is not seen, and what begins before t0 counts from t0. `long_tasks` come from `merged`.
    """
    cap_ns = t0_ns + max_duration_ns
    limit_ns = cap_ns if view_end_ns is None else min(cap_ns, view_end_ns)
    last_ns, is_active = t0_ns, False
    alive_until_ns = deadline(t0_ns + idle_ns, long_tasks)
    for start_ns, end_ns in activities:
        if end_ns < t0_ns - CLOCK_STEP_NS:
            continue
        if start_ns > alive_until_ns or start_ns > limit_ns:
            break
        is_active = True
        if end_ns > last_ns:
            last_ns = end_ns
            alive_until_ns = deadline(last_ns + idle_ns, long_tasks)
    if alive_until_ns < limit_ns:
        return last_ns if is_active else None
    if view_end_ns is not None and view_end_ns <= cap_ns:
        return max(view_end_ns, t0_ns)
    return cap_ns if is_active else None


def merged(long_tasks: Iterable[Interval]) -> list[Interval]:
    """Long tasks in their order, overlapping ones joined: a deadline moves past all of a chain."""
    out: list[Interval] = []
    for start_ns, end_ns in sorted(long_tasks):
        if out and start_ns <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], end_ns))
        else:
            out.append((start_ns, end_ns))
    return out


def deadline(deadline_ns: int, long_tasks: list[Interval]) -> int:
    """This deadline, or 1 ms after the end of the long task around it, as often as needed."""
    at = _last_begun(long_tasks, deadline_ns)
    while 0 <= at < len(long_tasks):
        start_ns, end_ns = long_tasks[at]
        if not start_ns <= deadline_ns <= end_ns:
            break
        deadline_ns = end_ns + CLOCK_STEP_NS
        at += 1
    return deadline_ns


def _last_begun(long_tasks: list[Interval], time_ns: int) -> int:
    """The place of the last one that starts by this time; -1 for none."""
    low, high = 0, len(long_tasks)
    while low < high:
        middle = (low + high) // 2
        if long_tasks[middle][0] <= time_ns:
            low = middle + 1
        else:
            high = middle
    return low - 1
