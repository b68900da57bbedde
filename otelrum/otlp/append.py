"""Adds attributes to a span or log record by appending bytes (OTLP specification: attributes are a repeated field).

Protobuf lets the occurrences of a repeated field stand anywhere in a message, so what is appended
is one more attribute, and nothing that came is read or written again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from otelrum.otlp.lazy import Signal
from otelrum.otlp.values import key_value

Field = tuple[bytes, bytes]
"""A key in UTF-8, and the attribute as a whole encoded field."""

_MESSAGES: Mapping[Signal, type[Span | LogRecord]] = {Signal.TRACES: Span, Signal.LOGS: LogRecord}


def encoded(attributes: Mapping[str, object], signal: Signal) -> list[Field]:
    """The attributes as fields of this signal's items."""
    message = _MESSAGES[signal]
    return [
        (key.encode("utf-8", "replace"), message(attributes=[key_value(key, value)]).SerializeToString())
        for key, value in attributes.items()
    ]


def append(item: bytes, fields: Iterable[Field], signal: Signal) -> bytes:
    """The item with each field whose key it does not have (SPEC section 6)."""
    fields = list(fields)
    if any(key in item for key, _ in fields):  # perhaps as a key: only then it is worth a look inside
        own = {pair.key.encode() for pair in _MESSAGES[signal].FromString(item).attributes}
        fields = [field for field in fields if field[0] not in own]
    return b"".join([item, *(field for _, field in fields)])


