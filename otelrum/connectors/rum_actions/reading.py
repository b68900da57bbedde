"""Finds the actions in a request: the spans and records on which `rum_action` has put one (SPEC section 14)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from google.protobuf.message import DecodeError

from otelrum.otlp.batch import Batch, Signal
from otelrum.otlp.errors import MalformedOtlp
from otelrum.otlp.groups import items_with
from otelrum.otlp.pb.views_pb2 import RecordView
from otelrum.otlp.spans import KeyFilter, read_span
from otelrum.otlp.values import python_value

EVENT_NAME: Final = "rum.action"

_MARK: Final = b"action.type"
"""Among the spans of an action only the action span has it."""

_FACTS: Final = (
    "action.id", "action.type", "action.name", "action.loading_time", "action.resource.count",
    "action.error.count", "action.frustration.type",
)  # fmt: skip
_LOGS: Final = Signal.LOGS
_FRUSTRATIONS: Final = ("dead_click", "error_click", "rage_click")


class FinishedAction:
    """One finished action, as its span or record describes it. Times are unix nanoseconds."""

    __slots__ = (
        "attributes", "errors", "frustrations", "id", "is_error", "item", "loading_ns", "name", "resource",
        "resources", "signal", "span_id", "start_ns", "trace_id", "type",
    )  # fmt: skip

    def __init__(self, id: bytes, signal: Signal, item: bytes, resource: bytes, attributes: dict[str, object]) -> None:
        """`item` are the bytes of the span or record, `resource` those above it, `attributes` its own."""
        self.id = id
        self.signal = signal
        self.item = item
        self.resource = resource
        self.attributes = attributes
        self.name = _text(attributes.get("action.name"))
        self.type = _text(attributes.get("action.type"))
        self.loading_ns = _count(attributes.get("action.loading_time"), -1)
        """-1 where it has none."""
        self.errors = _count(attributes.get("action.error.count"), 0)
        self.resources = _count(attributes.get("action.resource.count"), 0)
        types = attributes.get("action.frustration.type")
        # A page may send this attribute itself: only what is a frustration is counted.
        self.frustrations = [known for known in _FRUSTRATIONS if isinstance(types, list) and known in types]
        self.is_error = "error_click" in self.frustrations
        self.start_ns = 0
        self.trace_id = b""
        self.span_id = b""

    @property
    def end_ns(self) -> int:
        return self.start_ns + max(0, self.loading_ns)

    @property
    def own_trace_id(self) -> bytes:
        """The trace of the action's span; of a record without one a trace of its own."""
        return self.trace_id or self.id

    @property
    def own_span_id(self) -> bytes:
        """The id of the action span."""
        return self.id[:8]


class ActionReader:
    """Reads what stands on action spans and records; the rest stays unparsed."""

    __slots__ = ("_key_filter", "_keys")

    def __init__(self, dimensions: Iterable[str]) -> None:
        self._keys = frozenset([*_FACTS, *dimensions])
        self._key_filter = KeyFilter(self._keys)

    def actions(self, batch: Batch) -> Iterator[FinishedAction]:
        """The actions of a request, copies too. Items that cannot be read are skipped."""
        try:
            found = items_with(batch.data, _MARK)
        except MalformedOtlp:
            return
        for resource, item in found:
            action = self._action(batch.signal, item, resource)
            if action is not None:
                yield action

    def _action(self, signal: Signal, item: bytes, resource: bytes) -> FinishedAction | None:
        try:
            return self._of_record(item, resource) if signal is _LOGS else self._of_span(item, resource)
        except (DecodeError, UnicodeDecodeError):
            return None

    def _of_span(self, item: bytes, resource: bytes) -> FinishedAction | None:
        span = read_span(item, self._key_filter)
        id = _action_id(span.attributes)
        if not id or span.span_id == id[:8]:  # written by a connector before this one
            return None
        action = FinishedAction(id, Signal.TRACES, item, resource, span.attributes)
        action.start_ns, action.trace_id, action.span_id = span.start_ns, span.trace_id, span.span_id
        return action

    def _of_record(self, item: bytes, resource: bytes) -> FinishedAction | None:
        record = RecordView.FromString(item)
        found = {key: python_value(record.attributes[key]) for key in self._keys if key in record.attributes}
        id = _action_id(found)
        if not id or record.event_name == EVENT_NAME:
            return None
        action = FinishedAction(id, _LOGS, item, resource, found)
        action.start_ns = record.time_unix_nano or record.observed_time_unix_nano
        action.trace_id = record.trace_id if any(record.trace_id) else b""
        action.span_id = record.span_id if any(record.span_id) else b""
        return action


def _action_id(attributes: dict[str, object]) -> bytes:
    """The 16 bytes of `action.id`; empty where the item is no action of otelrum."""
    id = attributes.get("action.id")
    if not isinstance(id, str) or not isinstance(attributes.get("action.type"), str):
        return b""
    try:
        out = bytes.fromhex(id.replace("-", ""))
    except ValueError:
        return b""
    return out if len(out) == 16 else b""


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _count(value: object, missing: int) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    return missing
