"""What a listener hears: each action as it is decided, and those that wait."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Final

from otelrum.actions.model import Action, Event
from otelrum.actions.page import Page
from otelrum.actions.session import Session

Listener = Callable[[Action, Mapping[str, object], Page], None]
"""Hears of a decided action, the attributes of its span, and its page, while its spans are still held."""

_SCANNED: Final = 1000
"""Sessions that are looked through for what waits: well under 1 ms."""


def pending(holding: Iterable[Session], wait_ns: int, limit: int) -> list[tuple[Event, int]]:
    """What makes actions and is not decided, of these sessions in their order; each with its earliest decision."""
    found: list[tuple[Event, int]] = []
    for session in islice(holding, _SCANNED):
        found += [(event, event.arrived_ns + wait_ns) for event in session.undecided]
        if len(found) >= limit:
            break
    return found[:limit]
