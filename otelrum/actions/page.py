"""The events of a session's pages at one moment, in the orders that the rules ask for.

Made once, asked for every action: a question costs what its answer is long.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator

from otelrum.actions.activity import NEVER_NS, Intervals, activity_of
from otelrum.actions.clock_step import opens_ns
from otelrum.actions.details import Frame
from otelrum.actions.event_class import REPORTED_LATE, EventClass
from otelrum.actions.idle import Interval, deadline, merged
from otelrum.actions.lineage import Memo, Spans, parent_click
from otelrum.actions.model import Event
from otelrum.actions.session import Session
from otelrum.actions.settings import Settings


class Page:
    """One page. Each request and error is here once, however often it was seen (SPEC section 12)."""

    __slots__ = (
        "_faults",
        "_latest_ends",
        "_starts",
        "_task_ends",
        "_task_starts",
        "active",
        "blocked",
        "events",
        "frames",
        "has_mutation",
        "last_click_ns",
        "tasks",
    )

    def __init__(self, events: list[Event]) -> None:
        """`events` are in order of their start."""
        self.events = events
        self.tasks: list[Event] = []
        """Long tasks and frames."""
        self.frames: list[Event] = []
        self.active: list[Event] = []
        """Resources and mutations."""
        self.has_mutation = False
        self.last_click_ns = 0
        self._faults: list[tuple[int, int]] = []
        self._sort_out(events)
        self._starts = [event.start_ns for event in events]
        self._latest_ends = _latest_ends(self.tasks)
        counted = [task for task in self.tasks if task.kind == EventClass.LONG_TASK and task.is_counted]
        self._task_starts = [task.start_ns for task in counted]
        self._task_ends = sorted([task.end_ns for task in counted])
        self.blocked = merged([(task.start_ns, task.end_ns) for task in self.tasks])
        """When the browser could not look: its long tasks and frames, overlapping ones joined."""

    def _sort_out(self, events: list[Event]) -> None:
        for at, event in enumerate(events):
            kind = event.kind
            if kind == EventClass.RESOURCE:
                self.active.append(event)
            elif kind == EventClass.MUTATION:
                self.active.append(event)
                self.has_mutation = True
            elif kind in REPORTED_LATE:
                self.tasks.append(event)
                if kind == EventClass.FRAME:
                    self.frames.append(event)
            elif kind == EventClass.INTERACTION:
                self.last_click_ns = max(self.last_click_ns, event.start_ns)
            if event.faults:
                self._faults += [(fault.time_ns, at) for fault in event.faults]
        self._faults.sort()

    @property
    def latest_life_ns(self) -> int:
        """The latest start of its interactions, resource spans and mutations (SPEC section 5, rule 5)."""
        return max((event.start_ns for event in self.events if _is_alive(event)), default=-1)

    def started(self, from_ns: int, to_ns: int) -> list[Event]:
        """Events that start in [from, to]."""
        return self.events[bisect_left(self._starts, from_ns) : bisect_right(self._starts, to_ns)]

    def count_started(self, from_ns: int, to_ns: int) -> int:
        """How many events start in [from, to]."""
        return bisect_right(self._starts, to_ns) - bisect_left(self._starts, from_ns)

    def faulty(self, from_ns: int, to_ns: int) -> list[Event]:
        """Events with an error in [from, to]; one with several comes several times."""
        faults = self._faults
        if not faults:
            return []
        found = faults[bisect_left(faults, (from_ns, -1)) : bisect_right(faults, (to_ns, len(self.events)))]
        return [self.events[at] for _, at in found]

    def tasks_over(self, from_ns: int, to_ns: int) -> Iterator[Event]:
        """Long tasks and frames that overlap [from, to]."""
        for task in self.tasks[bisect_left(self._latest_ends, from_ns) :]:
            if task.start_ns > to_ns:
                return
            if task.end_ns >= from_ns:
                yield task

    def count_tasks_over(self, from_ns: int, to_ns: int) -> int:
        """How many long tasks overlap [from, to], not counting those that a timer reported."""
        return bisect_right(self._task_starts, to_ns) - bisect_left(self._task_ends, from_ns)

    def frames_reported(self, from_ns: int, stop_ns: int) -> Iterator[Event]:
        """Frames that start from then on and were reported by `stop`."""
        for frame in self.frames[bisect_left(self.frames, from_ns, key=_start) :]:
            if frame.start_ns > stop_ns:
                return
            if isinstance(frame.detail, Frame) and frame.detail.reported_ns <= stop_ns:
                yield frame


class Pages:
    """The pages of one session at one moment; makes nothing and keeps nothing but what it found."""

    def __init__(self, session: Session, spans: Spans, settings: Settings, extent: Interval | None = None) -> None:
        """`extent` is where all actions that are asked for lie; without it they may lie anywhere."""
        self._session = session
        self._spans = spans
        self._by_trace = settings.by_trace
        self._idle_ns = settings.idle_ns
        self._extent = extent
        self._near: dict[str, Page] | None = None
        self._whole: dict[str, Page] | None = None
        self._activities: dict[str, Intervals] = {}
        self._families: dict[str, dict[Event, list[Event]]] = {}
        self._clicks: Memo = {}

    def page(self, view: str) -> Page:
        """The page with this view's id, as far as it can touch the actions."""
        if self._extent is None:
            return self.whole_page(view)
        if self._near is None:
            self._near = self._made(self._events())
        return self._near.get(view) or Page([])

    def whole_page(self, view: str) -> Page:
        """All that is known of the page with this view's id: few questions need it."""
        if self._whole is None:
            self._whole = self._made(self._session.timeline())
        return self._whole.get(view) or Page([])

    def _events(self) -> list[Event]:
        return self._session.timeline() if self._extent is None else self._session.around(*self._extent)

    def _made(self, events: list[Event]) -> dict[str, Page]:
        of_view: dict[str, list[Event]] = {}
        for event in events:
            view = event.page
            if view is None:
                if event.is_record and event.counterpart is not None:
                    continue
                view = self.view_of(event)
            own = of_view.get(view)
            if own is None:
                own = of_view[view] = []
            own.append(event)
        return {view: Page(own) for view, own in of_view.items()}

    def view_of(self, event: Event) -> str:
        """The id of the view that an event belongs to."""
        return event.page if event.page is not None else self._session.view_of(event, self._spans)

    def long_tasks(self, view: str | None) -> list[Interval]:
        """When the long tasks of a view ran, by start; None: of all views."""
        tasks = self._events() if view is None else self.page(view).tasks
        return [(task.start_ns, task.end_ns) for task in tasks if task.kind == EventClass.LONG_TASK]

    def activity(self, view: str, own: Iterable[Event]) -> tuple[Intervals, list[Event]]:
        """The activity that counts for an action with these interactions, and what of it descends from them."""
        page = self.page(view)
        family = self._family(view, page)
        mine = [event for click in own for event in family.get(click, ())]
        if self._by_trace:
            return activity_of(sorted(mine, key=_start), self._deadline(page)), mine
        if view not in self._activities:
            self._activities[view] = activity_of(page.active, self._deadline(page))
        return self._activities[view], mine

    def _deadline(self, page: Page) -> Callable[[int], int]:
        idle_ns = self._idle_ns  # not `self`, which keeps what is made with this
        return lambda last_ns: deadline(last_ns + idle_ns, page.blocked)

    def _family(self, view: str, page: Page) -> dict[Event, list[Event]]:
        """The page's activity by the interaction that it descends from, where that makes a difference."""
        family = self._families.get(view)
        if family is None:
            family = self._families[view] = {}
            # What starts after the last click counts for all clicks alike.
            until_ns = NEVER_NS if self._by_trace else opens_ns(page.last_click_ns)
            for event in page.active:
                if not event.parent or event.start_ns >= until_ns:
                    continue
                click = parent_click(event, self._spans, self._clicks)
                if click is not None:
                    family.setdefault(click, []).append(event)
        return family


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
        event.kind == EventClass.RESOURCE and not event.is_record
    )
