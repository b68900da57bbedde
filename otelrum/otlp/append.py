"""Adds attributes to a span or log record by appending bytes (OTLP specification: attributes are a repeated field).

Protobuf lets the occurrences of a repeated field stand anywhere in a message, so what is appended
is one more attribute, and nothing that came is read or written again.
"""

from __future__ import annotations

from collections.abc import Mapping

from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from otelrum.otlp.lazy import Signal
from otelrum.otlp.pb.views_pb2 import RecordView, SpanView
from otelrum.otlp.values import set_pair

_MESSAGES: Mapping[Signal, type[Span] | type[LogRecord]] = {Signal.TRACES: Span, Signal.LOGS: LogRecord}
_VIEWS: Mapping[Signal, type[SpanView] | type[RecordView]] = {Signal.TRACES: SpanView, Signal.LOGS: RecordView}


class Addition:
    """Attributes ready to be appended to items of one signal."""

    __slots__ = ("_attributes", "_data", "_keys", "_signal")

    def __init__(self, attributes: Mapping[str, object], signal: Signal) -> None:
        self._attributes = attributes
        self._signal = signal
        self._keys = [key.encode("utf-8", "replace") for key in attributes]
        self._data: bytes | None = None

    def to(self, item: bytes) -> bytes:
        """The item with each attribute whose key it does not have (SPEC section 6)."""
        for key in self._keys:
            if key in item:  # perhaps as a key: only then it is worth a look inside
                return item + self._new_to(item)
        if self._data is None:
            self._data = self._encoded(self._attributes)
        return item + self._data

    def _new_to(self, item: bytes) -> bytes:
        own = _VIEWS[self._signal].FromString(item).attributes
        return self._encoded({key: value for key, value in self._attributes.items() if key not in own})

    def _encoded(self, attributes: Mapping[str, object]) -> bytes:
        message = _MESSAGES[self._signal]()
        add = message.attributes.add
        for key, value in attributes.items():
            set_pair(add(), key, value)
        return message.SerializeToString()


