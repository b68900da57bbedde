"""When does the action of a click end? The idle rule, with what its page reports (SPEC sections 5 and 8)."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable

from otelrum.actions.activity import Intervals
from otelrum.actions.clock_step import opens_ns
from otelrum.actions.idle import End, EndReason, Interval, activity_end, deadline
from otelrum.actions.model import Click, Event
from otelrum.actions.page import Pages
from otelrum.actions.session import Session
from otelrum.actions.settings import Settings


class Endings:
    """Answers for one session at one moment."""

    def __init__(self, session: Session, pages: Pages, settings: Settings) -> None:
        self._session = session
        self._pages = pages
        self._idle_ns = settings.idle_ns
        self._max_duration_ns = settings.max_duration_ns
        self._exits: dict[tuple[str, str], list[int]] | None = None
        self._left: dict[Event, End | None] = {}
        """By the head of a click."""

    def of(self, clicks: list[Click], own: list[Event]) -> list[End]:
        """The end of each click of one action; `own` are all interactions of the action."""
        activity, mine = self._pages.activity(clicks[0].view, own)
        return [self._of_click(click, activity, mine) for click in clicks]

    def _of_click(self, click: Click, activity: Intervals, mine: list[Event]) -> End:
        first_ns = opens_ns(click.start_ns)
        seen: Iterable[Interval] = activity.stretches(first_ns, click.start_ns + self._max_duration_ns)
        early = [(e.start_ns, e.end_ns) for e in mine if e.is_request and e.start_ns < first_ns and e.keeps_busy]
        if early:
            seen = sorted([*early, *seen])
        blocked = self._pages.page(click.view).blocked
        end = activity_end(click.start_ns, seen, blocked, self._idle_ns, self._max_duration_ns, self.left(click))
        if end.reason is EndReason.NO_ACTIVITY and self._has_press(click, activity):
            return End(click.start_ns, EndReason.IDLE)
        return end

    def _has_press(self, click: Click, activity: Intervals) -> bool:
        """Whether something happened soon after the pointerdown: menus open then, and are done at the click."""
        if click.pressed_ns is None:
            return False
        waits_until_ns = deadline(click.pressed_ns + self._idle_ns, self._pages.page(click.view).blocked)
        return activity.begins_in(click.pressed_ns, min(waits_until_ns + 1, click.start_ns))

    def left(self, click: Click) -> End | None:
        """When the user first left the click's view or page after t0, and how."""
        if click.head not in self._left:
            self._left[click.head] = self._first_left(click)
        return self._left[click.head]

    def _first_left(self, click: Click) -> End | None:
        view_end_ns, exit_ns = self._view_end(click), self._exit(click)
        if exit_ns is not None and (view_end_ns is None or exit_ns < view_end_ns):
            return End(exit_ns, EndReason.PAGE_EXIT)
        return None if view_end_ns is None else End(view_end_ns, EndReason.VIEW)

    def stop_ns(self, end: End, view: str) -> int:
        """Frames reported by then count: as long as the idle rule waited (SPEC section 5)."""
        if end.reason not in (EndReason.IDLE, EndReason.NO_ACTIVITY):
            return end.time_ns
        return deadline(end.time_ns + self._idle_ns, self._pages.page(view).blocked)

    def _view_end(self, click: Click) -> int | None:
        """The start of the next view, or the first change of route in this one (SPEC sections 5 and 12)."""
        views, t0_ns = self._session.views, click.start_ns
        view = views.get(click.view)
        latest_life = lambda: self._pages.whole_page(click.view).latest_life_ns  # noqa: E731
        ends_ns = [views.end_after(t0_ns, click.view, self._tab_of(click), latest_life)]
        if view is not None:
            ends_ns += [n for n in view.route_changes() if n >= opens_ns(t0_ns)]
        known = [end_ns for end_ns in ends_ns if end_ns is not None]
        return min(known) if known else None

    def _exit(self, click: Click) -> int | None:
        """When the page went after t0: that of the same tab, where tabs are known, else of the same view."""
        if not self._session.page_exits:
            return None
        if self._exits is None:
            self._exits = self._exits_by_place()
        tab = self._tab_of(click)
        places = [("tab", tab), ("view without tab", click.view)] if tab else [("view", click.view)]
        lines = [self._exits.get(place, []) for place in places]
        later = [line[at] for line in lines if (at := bisect_right(line, click.start_ns)) < len(line)]
        return min(later, default=None)

    def _exits_by_place(self) -> dict[tuple[str, str], list[int]]:
        """When pages went, in order, by tab and by view."""
        out: dict[tuple[str, str], list[int]] = defaultdict(list)
        for event in sorted(self._session.page_exits, key=lambda one: one.start_ns):
            view = self._pages.view_of(event)
            out["view", view].append(event.start_ns)
            out[("tab", event.tab) if event.tab else ("view without tab", view)].append(event.start_ns)
        return out

    def _tab_of(self, click: Click) -> str:
        view = self._session.views.get(click.view)
        return click.head.tab or (view.tab if view else "")


def latest(ends: list[End]) -> End:
    """The end of an action of several clicks: the latest, for which a click without activity ends at its start.

    Where that one had no activity, but another had, the action was idle.
    """
    end = max(ends, key=lambda one: one.time_ns)
    is_active = any(one.reason is not EndReason.NO_ACTIVITY for one in ends)
    return End(end.time_ns, EndReason.IDLE) if is_active and end.reason is EndReason.NO_ACTIVITY else end


def is_active(end: End) -> bool:
    """Whether there was activity."""
    return end.reason is not EndReason.NO_ACTIVITY
