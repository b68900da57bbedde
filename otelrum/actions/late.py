"""What comes after the decision that it belongs to (SPEC section 11)."""

from __future__ import annotations

from otelrum.actions.clicks import interaction, parent_click
from otelrum.actions.event_class import EventClass
from otelrum.actions.model import Action, Event
from otelrum.actions.page import Page
from otelrum.actions.session import Session, Spans
from otelrum.actions.settings import CLOCK_STEP_NS, MAX_OVERLAPS, Settings
from otelrum.actions.window import Window


def near_decided(session: Session, event: Event, settings: Settings) -> bool:
    """Whether an event is so near to an action that was decided that a closer look is worth it."""
    reach_ns = settings.max_duration_ns if event.kind == EventClass.INTERACTION else CLOCK_STEP_NS
    first_ns, last_ns = event.first_ns - reach_ns, event.last_ns + reach_ns
    return any(a.start_ns <= last_ns and first_ns <= a.errors_until_ns for a in session.actions) or any(
        f.start_ns <= last_ns and first_ns <= f.end_ns for f in session.expired
    )


def decided_click(event: Event, session: Session, window: Window, spans: Spans, settings: Settings) -> Action | None:
    """The decided action whose click a late interaction is part of; of several the nearest in time.

    Where as many actions overlap as may, it is an event of the latest (SPEC section 11).
    """
    view = window.view_of(event)
    same_page = [action for action in session.actions if action.view == view]
    joined = [action for action in same_page if _is_of(event, action, window, spans, settings)]
    if joined:
        return min(joined, key=lambda action: abs(event.start_ns - action.start_ns))
    ongoing = [action for action in same_page if action.start_ns <= event.start_ns <= action.end_ns]
    return ongoing[-1] if len(ongoing) >= MAX_OVERLAPS else None


def _is_of(event: Event, action: Action, window: Window, spans: Spans, settings: Settings) -> bool:
    if settings.discard_overlaps and action.start_ns <= event.start_ns <= action.end_ns:
        return True
    if any(_is_one_click(event, span, spans, settings) for span in action.spans):
        return True
    return not event.is_record and any(_share_long_task(event, span, window.page(action.view)) for span in action.spans)


def _is_one_click(event: Event, span: Event, spans: Spans, settings: Settings) -> bool:
    """Near in time, or one the ancestor of the other (section 4); a record also by its span context."""
    distance_ns = abs(event.start_ns - span.start_ns)
    if distance_ns <= settings.same_click_ns or (event.is_record and event.parent == span.id):
        return True
    if distance_ns > settings.max_duration_ns or event.is_record or span.is_record:
        return False
    return parent_click(event, spans, {}) is span or parent_click(span, spans, {}) is event


def _share_long_task(event: Event, span: Event, page: Page) -> bool:
    if span.is_record or interaction(span).target.selector != interaction(event).target.selector:
        return False
    from_ns, to_ns = sorted((event.start_ns, span.start_ns))
    return any(task.start_ns <= from_ns and task.end_ns >= to_ns for task in page.tasks_over(from_ns, to_ns))


def is_too_late(event: Event, session: Session, window: Window, settings: Settings) -> bool:
    """Whether an event belongs to an action whose decision is expired."""
    if not session.expired or event.kind == EventClass.CUSTOM:
        return False
    view = window.view_of(event)
    for expired in session.expired:
        if expired.view != view:
            continue
        if event.kind == EventClass.INTERACTION:
            if abs(event.start_ns - expired.start_ns) <= settings.same_click_ns:
                return True
        elif expired.start_ns - CLOCK_STEP_NS <= event.start_ns <= expired.end_ns:
            return True
    return False
