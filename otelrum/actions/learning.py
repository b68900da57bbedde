"""What a session learns of its views from each event, held or passing (SPEC sections 3, 10, 12)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from otelrum.actions.event_class import TOLD_LATE, EventClass
from otelrum.actions.inherit import Inheritance
from otelrum.actions.model import Event, Timing
from otelrum.actions.session import Session
from otelrum.actions.views import View, Views

MAX_VIEWS: Final = 256
"""Of one session: more than a user opens in the hours that a session lasts. The oldest are expired."""

MAX_SAMPLES: Final = 1024
"""Of one session: some minutes of a page that asks three times a second. The oldest go first."""

_FEEDS_NO_VIEW: Final = (EventClass.INTERACTION, EventClass.CUSTOM)

_ORDINARY: Final = (EventClass.RESOURCE, EventClass.DESCENDANT, EventClass.ERROR, EventClass.OTHER)

ReadAttributes = Callable[[], Mapping[str, object]]
"""The attributes of an event; called only when a view wants them."""


def learn(session: Session, event: Event, inheritance: Inheritance, read_attributes: ReadAttributes) -> bool:
    """Open, date and feed the views that an event tells of; returns whether something of it lasts."""
    if isinstance(event.detail, Timing) and event.kind != EventClass.NAVIGATION_TIMING:
        _note_timing(session.views, event.view, event.detail)
        return False  # written late, with the view id of then: it opens no view
    if event.kind in TOLD_LATE:
        return False  # reported late too
    if _is_known(session, event):
        return False
    is_first_mutation = event.kind == EventClass.MUTATION and not event.view and not session.views.mutated
    session.views.mutated |= is_first_mutation
    view = _opened_by(session, event)
    if view is None:
        return is_first_mutation
    is_document = event.kind == EventClass.DOCUMENT
    lasts = event.start_ns == view.start_ns
    if event.kind not in _FEEDS_NO_VIEW and view.wants(event.start_ns, is_document):
        view.attributes = inheritance.kept(read_attributes())
        view.fed_by_ns = event.start_ns
        lasts = True
    lasts |= _note_facts(view, event)
    if len(session.views) > MAX_VIEWS:
        session.views.forget_oldest(MAX_VIEWS)
    return lasts


def _is_known(session: Session, event: Event) -> bool:
    """Whether the event of a known view can tell nothing about it: true of nearly all."""
    view = session.views.get(event.view) if event.view else None
    if view is None or event.start_ns <= view.start_ns or (event.tab and not view.tab):
        return False
    if event.kind == EventClass.MUTATION:
        return view.mutated and not view.wants(event.start_ns, False)
    return event.kind in _ORDINARY and not view.wants(event.start_ns, False)


def _opened_by(session: Session, event: Event) -> View | None:
    """The view that this event opened or was seen in, if it names one or is a document."""
    if event.view:
        return session.views.opened(event.view, event.start_ns, event.tab)
    if event.kind == EventClass.DOCUMENT:
        return session.views.document(event.start_ns, event.tab)
    return None


def _note_facts(view: View, event: Event) -> bool:
    """What a view knows beside its attributes; returns whether it is new."""
    if event.kind == EventClass.DOCUMENT:
        view.document_ns = event.start_ns
    elif event.kind == EventClass.NAVIGATION:
        if event.start_ns not in view.navigations_ns[-4:]:  # copies come close together
            view.navigations_ns = (*view.navigations_ns, event.start_ns)[-MAX_VIEWS:]
    elif isinstance(event.detail, Timing):
        view.timing_fetch_start_ns = event.detail.start_ns
    elif event.kind == EventClass.MUTATION and not view.mutated:
        view.mutated = True
    else:
        return False
    return True


def _note_timing(views: Views, view_id: str, timing: Timing) -> None:
    """What a resource record, of the page's own exports too, says about the time origin."""
    if views.samples is None:
        views.samples = {}
    samples = views.samples.setdefault(view_id, [])
    samples.append((timing.written_ns, timing.origin_at_most_ns))
    if len(samples) > MAX_SAMPLES:
        del samples[: MAX_SAMPLES // 2]
    if len(views.samples) > MAX_VIEWS:
        del views.samples[next(iter(views.samples))]
