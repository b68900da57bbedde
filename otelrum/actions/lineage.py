"""Who descends from whom, by parent span ids: nearest ancestors, safe against cycles and endless chains."""

from __future__ import annotations

from collections.abc import Callable

from otelrum.actions.model import Event

Memo = dict[Event, Event | None]
"""What was found for events asked before: a whole trace costs one step a span, however deep."""


def nearest(event: Event, spans: dict[bytes, Event], accepts: Callable[[Event], bool], memo: Memo) -> Event | None:
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
