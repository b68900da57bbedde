"""A request that is reported twice: a polyfill and what it is made of are both instrumented (SPEC section 2)."""

from __future__ import annotations

from collections.abc import Iterable

from otelrum.actions.event_class import EventClass
from otelrum.actions.lineage import Spans
from otelrum.actions.model import Event


def resolve_repeats(events: Iterable[Event], spans: Spans) -> None:
    """Where a request is below one with the same method and URL, only the upper one counts and keeps the page busy."""
    for event in events:
        if (
            event.kind == EventClass.RESOURCE
            and event.parent
            and event.is_request
            and event.url
            and not event.is_record
        ):
            parent = spans.get(event.parent)
            if parent is not None and not event.is_record and _are_same(parent, event):
                event.kind = EventClass.REPEAT
                event.faults = ()


def _are_same(parent: Event, event: Event) -> bool:
    is_request = parent.is_request and parent.kind in (EventClass.RESOURCE, EventClass.REPEAT)
    return is_request and parent.url == event.url and parent.method == event.method
