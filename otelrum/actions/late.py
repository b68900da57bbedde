"""What comes after the decision that it belongs to (SPEC section 11)."""

from __future__ import annotations

from collections.abc import Iterator

from otelrum.actions.event_class import EventClass
from otelrum.actions.model import Action, Event, ExpiredWindow
from otelrum.actions.one_click import OneClick, gesture_of
from otelrum.actions.page import Pages
from otelrum.actions.session import Session
from otelrum.actions.settings import MAX_OVERLAPS, VITAL_EARLY_NS, Settings
from otelrum.actions.window import may_touch, starts_in


def near_decided(session: Session, event: Event, settings: Settings) -> bool:
    """Whether an event is so near to an action that was decided that a closer look is worth it."""
    if event.kind == EventClass.INTERACTION:
        around_ns = settings.max_duration_ns
        return bool(gesture_of(event) and session.actions) or any(
            event.start_ns - around_ns <= w.end_ns and w.start_ns - around_ns <= event.start_ns
            for w in _windows(session)
        )
    return any(may_touch((a.start_ns, a.errors_until_ns), event) for a in session.actions) or any(
        may_touch((expired.start_ns, expired.end_ns), event) for expired in session.views.windows
    )


def decided_click(event: Event, session: Session, rule: OneClick, settings: Settings) -> Action | None:
    """The decided action whose click a late interaction is part of; of several the nearest in time.

    Where as many actions overlap as may, it is an event of the latest (SPEC section 11).
    """
    automatic = [action for action in session.actions if action.is_automatic]
    same_page = [action for action in automatic if action.view == rule.view_of(event)]
    ongoing = [action for action in same_page if action.start_ns <= event.start_ns <= action.end_ns]
    joined = [action for action in automatic if _is_of(event, action, rule)]
    if settings.discard_overlaps:
        joined += ongoing
    if joined:
        return min(joined, key=lambda action: abs(event.start_ns - action.start_ns))
    return ongoing[-1] if len(ongoing) >= MAX_OVERLAPS else None


def _is_of(event: Event, action: Action, rule: OneClick) -> bool:
    """Whether a late interaction is one click with one of an action's (sections 4 and 12)."""
    spans = [span for click in action.clicks for span in click.events]
    if event.is_record or all(span.is_record for span in spans):
        return any(_are_one_click(event, span, rule) for span in spans)
    return any(not span.is_record and rule.fits(event, span) for span in spans)


def _are_one_click(event: Event, span: Event, rule: OneClick) -> bool:
    """As `fits`, where one of two is a record: by gesture, by span context, or within 30 ms."""
    gesture, other = gesture_of(event), gesture_of(span)
    if gesture and other:
        return gesture == other
    if event.is_record and event.parent == span.id and event.parent:
        return True
    return rule.view_of(event) == rule.view_of(span) and abs(event.start_ns - span.start_ns) <= rule.same_click_ns


def _windows(session: Session) -> Iterator[Action | ExpiredWindow]:
    yield from session.views.windows
    yield from session.actions


def is_too_late(event: Event, session: Session, pages: Pages, settings: Settings) -> bool:
    """Whether an event belongs to an action whose decision is expired."""
    if not session.views.windows or event.kind in (EventClass.CUSTOM, EventClass.USER_ACTIVITY):
        return False
    view = pages.view_of(event)
    for expired in session.views.windows:
        if expired.view != view:
            continue
        if event.kind == EventClass.INTERACTION:
            if abs(event.start_ns - expired.start_ns) <= settings.same_click_ns:
                return True
        elif starts_in(expired, event):
            return True
    return False


def action_of_vital(event: Event, session: Session) -> str:
    """The id of the action whose interaction a web vital measured, the latest started; empty for none (section 12)."""
    latest: Action | ExpiredWindow | None = None
    for window in _windows(session):
        is_of = window.start_ns - VITAL_EARLY_NS <= event.start_ns <= window.end_ns
        if is_of and window.is_automatic and (latest is None or window.start_ns >= latest.start_ns):
            latest = window
    return latest.id if latest is not None else ""
