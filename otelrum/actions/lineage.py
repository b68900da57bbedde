"""Who descends from whom, by parent span ids: nearest ancestors, safe against cycles and endless chains."""

from __future__ import annotations

from collections.abc import Callable

from otelrum.actions.event_class import EventClass
from otelrum.actions.model import Event

Spans = dict[bytes, Event]
"""Every span and record that is held or remembered, by its id."""

Memo = dict[Event, Event | None]
"""What was found for events asked before: a whole trace costs one step a span, however deep."""


def nearest(event: Event, spans: Spans, accepts: Callable[[Event], bool], memo: Memo) -> Event | None:
    """The nearest known proper ancestor that `accepts` says yes to. One memo serves one `accepts`."""
    path: list[Event] = []
    at, found = event, None
    while at not in memo:
        memo[at] = None  # met again on the way up: a cycle, which has no nearest
        path.append(at)
        parent = spans.get(at.parent) if at.parent else None
        if parent is None:
            break
        if accepts(parent):
            found = parent
            break
        at = parent
    else:
        found = memo[at]
    for passed in path:
        memo[passed] = found
    return found


def parent_click(event: Event, spans: Spans, memo: Memo) -> Event | None:
    """The nearest interaction span that an event descends from: nearly always its parent."""
    parent = spans.get(event.parent) if event.parent else None
    if parent is None or _is_interaction(parent):
        return parent
    return nearest(event, spans, _is_interaction, memo)


def _is_interaction(event: Event) -> bool:
    return event.kind == EventClass.INTERACTION and not event.is_record
