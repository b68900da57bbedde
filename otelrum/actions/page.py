"""The events of one page at one moment, in the orders that the rules ask for.

Made once, asked for every action of the page: a question costs what its answer is long.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import Final

from otelrum.actions.idle import merged
from otelrum.actions.model import Event, Kind

_WITH_ACTIVITY: Final = frozenset({Kind.RESOURCE, Kind.MUTATION})


class Page:
    """Each request and error is here once, however often it was seen (SPEC section 12)."""

    __slots__ = (
        "_faults",
        "_reach",
        "_starts",
        "_task_ends",
        "active",
        "busy_tasks",
        "events",
        "has_mutation",
        "last_click_ns",
        "tasks",
    )

    def __init__(self, events: list[Event]) -> None:
        """`events` are in order of their start."""
        self.events = events
        self._starts = [event.start_ns for event in events]
        self._faults = sorted((fault.time_ns, at) for at, e in enumerate(events) if e.faults for fault in e.faults)
        self.tasks = [event for event in events if event.kind == Kind.LONG_TASK]
        self._reach = _latest_ends(self.tasks)
        self._task_ends = sorted(task.end_ns for task in self.tasks)
        self.busy_tasks = merged((task.start_ns, task.end_ns) for task in self.tasks)
        """When the page's long tasks ran, overlapping ones joined."""
        self.active = [event for event in events if event.kind in _WITH_ACTIVITY]
        """Its resources and mutations."""
        self.last_click_ns = max((event.start_ns for event in events if event.kind == Kind.INTERACTION), default=0)
        self.has_mutation = any(event.kind == Kind.MUTATION for event in self.active)

    @property
    def latest_life_ns(self) -> int:
        """The latest start of its interactions, requests and mutations (SPEC section 5, rule 5)."""
        return max((event.start_ns for event in self.events if _is_alive(event)), default=-1)

    def started(self, from_ns: int, to_ns: int) -> list[Event]:
        """Events that start in [from, to]."""
        return self.events[bisect_left(self._starts, from_ns) : bisect_right(self._starts, to_ns)]

    def faulty(self, from_ns: int, to_ns: int) -> Iterator[Event]:
        """Events with an error in [from, to]; one with several comes several times."""
        for time_ns, at in self._faults[bisect_left(self._faults, (from_ns, -1)) :]:
            if time_ns > to_ns:
                return
            yield self.events[at]

    def tasks_over(self, from_ns: int, to_ns: int) -> Iterator[Event]:
        """Long tasks that overlap [from, to]."""
        for task in self.tasks[bisect_left(self._reach, from_ns) :]:
            if task.start_ns > to_ns:
                return
            if task.end_ns >= from_ns:
                yield task

    def count_tasks_over(self, from_ns: int, to_ns: int) -> int:
        """How many long tasks overlap [from, to]."""
        begun = bisect_right(self.tasks, to_ns, key=_start)
        return begun - bisect_left(self._task_ends, from_ns)


def _start(event: Event) -> int:
    return event.start_ns


def _latest_ends(tasks: list[Event]) -> list[int]:
    """For each task the latest end of it and all before it: this only grows, so it can be searched."""
    out: list[int] = []
    for task in tasks:
        out.append(max(task.end_ns, out[-1]) if out else task.end_ns)
    return out


def _is_alive(event: Event) -> bool:
    return event.kind in (Kind.INTERACTION, Kind.MUTATION) or (event.kind == Kind.RESOURCE and event.is_request)
