"""What events are called in lines and sentences for people."""

from __future__ import annotations

from typing import Final

from otelrum.actions.details import Custom, UserActivity
from otelrum.actions.event_class import EventClass
from otelrum.actions.facts import path_of
from otelrum.actions.model import Event
from otelrum.actions.settings import MS, SECOND

MAX_TEXT: Final = 200
"""What fits a line. A page may call anything as it likes, and as long."""

_WHAT: Final = {
    EventClass.INTERACTION: "click",
    EventClass.CUSTOM: "custom",
    EventClass.MUTATION: "mutation",
    EventClass.LONG_TASK: "task",
    EventClass.FRAME: "frame",
    EventClass.ERROR: "error",
    EventClass.USER_ACTIVITY: "activity",
    EventClass.PAGE_EXIT: "exit",
}


def what(event: Event) -> str:
    if event.kind == EventClass.RESOURCE:
        return "request" if event.is_request else "resource"
    return _WHAT.get(event.kind, "other")


_LABELS: Final = {
    "mutation": "a page change",
    "task": "a long task",
    "frame": "a long animation frame",
    "error": "an error",
    "exit": "the page exit",
    "other": "a span",
}


def label(event: Event) -> str:
    """What an event is called: a request by method and path, an interaction by its target."""
    detail = event.detail
    if isinstance(detail, UserActivity):
        return short(detail.type)
    if isinstance(detail, Custom):
        return short(detail.name)
    if event.kind == EventClass.INTERACTION:
        return "click"
    if event.url:
        return short(f"{event.method} {path_of(event.url) or event.url}".strip())
    return _LABELS.get(what(event), what(event))


def short(text: str) -> str:
    """On one line, and no longer than a line."""
    line = " ".join(text[: 4 * MAX_TEXT].split())
    return line if len(line) <= MAX_TEXT else f"{line[:MAX_TEXT]} [...]"


def ms(duration_ns: int) -> str:
    """As people read it: `297 ms`, `0.4 ms`, `2.5 s`."""
    if abs(duration_ns) >= SECOND:
        return f"{duration_ns / SECOND:.4g} s"
    return f"{duration_ns / MS:.3g} ms" if abs(duration_ns) < 10 * MS else f"{duration_ns / MS:.0f} ms"
