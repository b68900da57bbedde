"""Finished actions as lines to read: from the `rum.action` events of `rum_actions`."""

from __future__ import annotations

from collections.abc import Iterator

from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

from otelrum.otlp.batch import Batch, Signal
from otelrum.otlp.groups import items_with
from otelrum.otlp.values import attributes

EVENT = "rum.action"
MS = 1_000_000


def action_lines(batch: Batch) -> Iterator[str]:
    """A line for each action; of anything else none. Raises MalformedOtlp."""
    if batch.signal is not Signal.LOGS:
        return
    for _, item in items_with(batch.data, EVENT.encode()):
        record = LogRecord.FromString(item)
        if record.event_name == EVENT:
            yield _line(attributes(record.attributes))


def _line(action: dict[str, object]) -> str:
    """Name and, where they are there, loading time, what it set off, what was wrong, and where."""
    facts = [
        _loading_time(action.get("action.loading_time")),
        *(_counted(action.get(f"action.{what}.count"), what.replace("_", " ")) for what in COUNTED),
        _joined(action.get("action.frustration.type")),
        str(action.get("view.url") or action.get("view.name") or ""),
    ]
    return f"{action.get('action.name', '')}: {', '.join(filter(None, facts))}".removesuffix(": ")


COUNTED = ("resource", "error", "long_task")


def _loading_time(value: object) -> str:
    return f"{round(value / MS)} ms" if isinstance(value, int) else ""


def _counted(value: object, what: str) -> str:
    return f"{value} {what}{'' if value == 1 else 's'}" if isinstance(value, int) and value else ""


def _joined(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else ""
