"""What lies in an action's window, and so is of it (SPEC section 5, "Belonging to the action")."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from typing import Final

from otelrum.actions.activity import Activity, Intervals
from otelrum.actions.clicks import parent_click
from otelrum.actions.event_class import EventClass
from otelrum.actions.idle import Interval, deadline
from otelrum.actions.lineage import Memo, nearest
from otelrum.actions.model import Action, Event
from otelrum.actions.page import Page
from otelrum.actions.session import Session, Spans
from otelrum.actions.settings import CLOCK_STEP_NS, MAX_OVERLAPS, Settings

_NEVER: Final = 1 << 65  # after every time that 64 bits can tell

_MANY: Final = 1024
"""So many pieces of activity are walked along sooner than they are joined."""


class Window:
    """Answers questions about one session at one moment; makes nothing and keeps nothing but what it found."""

    def __init__(self, session: Session, spans: Spans, settings: Settings, reach: Interval | None = None) -> None:
        """`reach` is where all actions that are asked for lie; without it they may lie anywhere."""
        self._session = session
        self._spans = spans
        self._by_trace = settings.by_trace
        self._idle_ns = settings.idle_ns
        # A rage takes clicks up to `max_duration` after its first, and each may last as long.
        self._reach_ns = settings.max_duration_ns + settings.max_extent_ns
        self._reach = reach
        self._pages: dict[str, Page] | None = None
        self._whole: dict[str, Page] | None = None
        self._activities: dict[str, Activity | Intervals] = {}
        self._children: dict[str, dict[Event, list[Event]]] = {}
        self._clicks: Memo = {}
        self._families: dict[Action, Memo] = {}

    # ------------------------------------------------------------------ a page
    def page(self, view: str) -> Page:
        """The page with this view's id, as far as it can touch the actions."""
        if self._reach is None:
            return self.whole_page(view)
        if self._pages is None:
            self._pages = self._made(self._session.around(*self._reach))
        return self._pages.get(view) or Page([])

    def whole_page(self, view: str) -> Page:
        """All that is known of the page with this view's id: few questions need it."""
        if self._whole is None:
            self._whole = self._made(self._session.timeline())
        return self._whole.get(view) or Page([])

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
        return self._session.view_of(event, self._spans)

    def activity(self, view: str, own: Iterable[Event]) -> tuple[Activity | Intervals, list[Event]]:
        """The activity that counts for an action with these interactions, and what of it descends from them."""
        page = self.page(view)
        family = self._family(view, page)
        mine = [event for click in own for event in family.get(click, ())]
        if self._by_trace:
            return self._joined(sorted(mine, key=_start_of), page), mine
        if view not in self._activities:
            self._activities[view] = self._joined(page.active, page)
        return self._activities[view], mine

    def _joined(self, active: list[Event], page: Page) -> Activity | Intervals:
        return Activity(active, self._deadline(page)) if len(active) > _MANY else Intervals(active)

    def _deadline(self, page: Page) -> Callable[[int], int]:
        return lambda last_ns: deadline(last_ns + self._idle_ns, page.busy_tasks)

    def _family(self, view: str, page: Page) -> dict[Event, list[Event]]:
        """The page's activity by the interaction that it descends from, where that makes a difference."""
        family = self._children.get(view)
        if family is None:
            family = self._children[view] = {}
            # What starts after the last click counts for all clicks alike.
            until_ns = _NEVER if self._by_trace else page.last_click_ns - CLOCK_STEP_NS
            for event in page.active:
                if not event.parent or event.start_ns >= until_ns:
                    continue
                click = parent_click(event, self._spans, self._clicks)
                if click is not None:
                    family.setdefault(click, []).append(event)
        return family

    # ------------------------------------------------------------------ an action
    def members(self, action: Action) -> set[Event]:
        """The events of an action but for its interactions and long tasks, each request and error once."""
        page = self.page(action.view)
        from_ns = action.start_ns - CLOCK_STEP_NS
        near = page.started(from_ns, action.end_ns) + page.faulty(from_ns, action.errors_until_ns)
        return {event for event in near if event.kind != EventClass.LONG_TASK and self.has(action, event)}

    def count_long_tasks(self, action: Action) -> int:
        """How many long tasks are the action's."""
        page = self.page(action.view)
        if not self._by_trace:
            return page.count_tasks_over(action.start_ns, action.end_ns)
        return sum(self.has(action, task) for task in page.tasks_over(action.start_ns, action.end_ns))

    def has(self, action: Action, event: Event) -> bool:
        """Whether an event other than an interaction is of a decided action."""
        if event.kind == EventClass.INTERACTION or not _in_time(action, event):
            return False
        if (event.page if event.page is not None else self.view_of(event)) != action.view:
            return False
        if self._by_trace or event.kind == EventClass.DESCENDANT:
            has_error = not self._by_trace and errors_in(action, event) > 0
            return has_error or self._is_family(action, _told(event))
        return True

    def _is_family(self, action: Action, event: Event) -> bool:
        """Descends from an interaction of the action or, where pages count, from another span of it."""

        def is_of(other: Event) -> bool:
            if other.kind == EventClass.INTERACTION:
                return other.action is action
            return not self._by_trace and other.kind != EventClass.DESCENDANT and self.has(action, other)

        return nearest(event, self._spans, is_of, self._families.setdefault(action, {})) is not None

    def all_of(self, event: Event) -> list[Action]:
        """The decided actions that an event is of, oldest first; of very many the latest."""
        actions = self._session.actions
        if len(actions) <= MAX_OVERLAPS:
            first_ns, last_ns = _reach(event)
            near = [a for a in actions if a.start_ns <= last_ns and first_ns <= a.errors_until_ns]
            return [action for action in near if self._was_of(action, event)]
        found: set[Action] = set()
        for from_ns, to_ns in _moments(event):
            low = bisect_left(actions, from_ns - self._reach_ns, key=_start)
            high = bisect_right(actions, to_ns + CLOCK_STEP_NS, key=_start)
            for at in range(high - 1, low - 1, -1):
                if self.has(actions[at], event):
                    found.add(actions[at])
                    if len(found) >= MAX_OVERLAPS:
                        break
        return sorted(found, key=lambda action: (action.start_ns, action.head.id))

    def _was_of(self, action: Action, event: Event) -> bool:
        """As `has`; what was known when the action was decided needs no second look."""
        if event.arrived_ns >= action.decided_ns or event.is_record or event.kind == EventClass.LONG_TASK:
            return self.has(action, event)
        return event in action.members

    def main_of(self, event: Event, actions: list[Action]) -> Action:
        """Of several actions the one that the event descends from, else the latest started (SPEC section 6)."""
        click = parent_click(_told(event), self._spans, self._clicks)
        seen: set[Event] = set()
        while click is not None and click not in seen:
            if click.action in actions:
                return click.action
            seen.add(click)
            click = parent_click(click, self._spans, self._clicks)
        return actions[-1]


def errors_in(action: Action, event: Event) -> int:
    """How many of an event's errors are the action's."""
    if not event.faults:
        return 0
    from_ns, to_ns = action.start_ns - CLOCK_STEP_NS, action.errors_until_ns
    return sum(from_ns <= fault.time_ns <= to_ns for fault in event.faults)


def _told(event: Event) -> Event:
    """The span that tells of the same as a record, where there is one."""
    return event.counterpart if event.is_record and event.counterpart is not None else event


def _moments(event: Event) -> list[Interval]:
    """Where an event touches actions: at its start, at its errors, a long task all along."""
    told = _told(event) if event.kind == EventClass.RESOURCE else event
    moments = [(told.start_ns, told.end_ns if event.kind == EventClass.LONG_TASK else told.start_ns)]
    if event.kind == EventClass.ERROR:
        moments = []
    return moments + [(fault.time_ns, fault.time_ns) for fault in event.faults]


def _reach(event: Event) -> tuple[int, int]:
    """The first and the last moment at which an event may touch an action."""
    told = _told(event)
    first_ns, last_ns = event.first_ns, event.last_ns
    if told is not event:
        first_ns, last_ns = min(first_ns, told.first_ns), max(last_ns, told.last_ns)
    return first_ns, last_ns + CLOCK_STEP_NS


def _in_time(action: Action, event: Event) -> bool:
    told = _told(event) if event.kind == EventClass.RESOURCE else event
    if event.faults and errors_in(action, event):
        return True
    if event.kind == EventClass.LONG_TASK:
        return told.start_ns <= action.end_ns and told.end_ns >= action.start_ns
    if event.kind == EventClass.ERROR:
        return False
    return action.start_ns - CLOCK_STEP_NS <= told.start_ns <= action.end_ns


def _start_of(event: Event) -> int:
    return event.start_ns


def _start(action: Action) -> int:
    return action.start_ns
