"""The events of one page at one moment, in the orders that the rules ask for.

Made once, asked for every action of the page: a question costs what its answer is long.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from otelrum.actions.event_class import EventClass
from otelrum.actions.idle import merged
from otelrum.actions.model import Event


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
        self.tasks: list[Event] = []
        self.active: list[Event] = []
        """Its resources and mutations."""
        self.has_mutation = False
        self.last_click_ns = 0
        self._faults: list[tuple[int, int]] = []
        self._sort_out(events)
        self._starts = [event.start_ns for event in events]
        self._reach = _latest_ends(self.tasks)
        self._task_ends = sorted([task.end_ns for task in self.tasks])
        self.busy_tasks = merged([(task.start_ns, task.end_ns) for task in self.tasks])
        """When the page's long tasks ran, overlapping ones joined."""

    def _sort_out(self, events: list[Event]) -> None:
        for at, event in enumerate(events):
            kind = event.kind
            if kind == EventClass.RESOURCE:
                self.active.append(event)
            elif kind == EventClass.MUTATION:
                self.active.append(event)
                self.has_mutation = True
            elif kind == EventClass.LONG_TASK:
                self.tasks.append(event)
            elif kind == EventClass.INTERACTION:
                self.last_click_ns = max(self.last_click_ns, event.start_ns)
            if event.faults:
                self._faults += [(fault.time_ns, at) for fault in event.faults]
        self._faults.sort()

    @property
    def latest_life_ns(self) -> int:
        """The latest start of its interactions, requests and mutations (SPEC section 5, rule 5)."""
        return max((event.start_ns for event in self.events if _is_alive(event)), default=-1)

    def started(self, from_ns: int, to_ns: int) -> list[Event]:
        """Events that start in [from, to]."""
        return self.events[bisect_left(self._starts, from_ns) : bisect_right(self._starts, to_ns)]

    def faulty(self, from_ns: int, to_ns: int) -> list[Event]:
        """Events with an error in [from, to]; one with several comes several times."""
        faults = self._faults
        if not faults:
            return []
        told = faults[bisect_left(faults, (from_ns, -1)) : bisect_right(faults, (to_ns, len(self.events)))]
        return [self.events[at] for _, at in told]

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
    return event.kind in (EventClass.INTERACTION, EventClass.MUTATION) or (
        event.kind == EventClass.RESOURCE and event.is_request
    )
