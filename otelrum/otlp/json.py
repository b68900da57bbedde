"""OTLP/JSON to protobuf bytes and back, as the OTLP specification maps them.

It differs from protobuf's own JSON mapping: trace and span ids are hex, enums are written as
numbers, unknown fields are ignored. `json_format` would read a hex id as base64 and get 24 bytes.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, cast

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Error, Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
)
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)

from otelrum.otlp.errors import MalformedOtlp
from otelrum.otlp.lazy import Batch, Signal
from otelrum.otlp.pieces import PIECE_BYTES, pieces
from otelrum.otlp.weight import check_weight

__all__ = ["REQUESTS", "from_json", "to_json", "to_json_pieces"]

REQUESTS: Mapping[Signal, type[Message]] = {
    Signal.TRACES: ExportTraceServiceRequest,
    Signal.METRICS: ExportMetricsServiceRequest,
    Signal.LOGS: ExportLogsServiceRequest,
}

# OTLP specification, "JSON Protobuf Encoding": hex, where other bytes fields are base64.
ID_BYTES: Mapping[str, int] = {"trace_id": 16, "span_id": 8, "parent_span_id": 8}

Read = Callable[[Any], Any]
Shape = dict[str, tuple[str, Read | None]]
"""For each JSON name of a message's fields: the field's own name, and how its value is read (None: as it is)."""

_WHOLE = frozenset({
    FieldDescriptor.CPPTYPE_INT32, FieldDescriptor.CPPTYPE_INT64,
    FieldDescriptor.CPPTYPE_UINT32, FieldDescriptor.CPPTYPE_UINT64,
})  # fmt: skip
_WIDE = frozenset({FieldDescriptor.CPPTYPE_INT64, FieldDescriptor.CPPTYPE_UINT64})


def from_json(signal: Signal, text: bytes) -> bytes:
    """The protobuf bytes of an OTLP/JSON request. Raises MalformedOtlp."""
    request = REQUESTS[signal]
    try:
        fields = _request_reader(signal)(json.loads(text))
        data = request(**fields).SerializeToString()
        request.FromString(data)  # protobuf writes deeper nesting than it, or any backend, reads
        return data
    except (ValueError, TypeError, RecursionError, Error) as error:
        raise MalformedOtlp(f"not an OTLP request in JSON: {error}") from error


def to_json(signal: Signal, data: bytes) -> str:
    """An OTLP request as one line of OTLP/JSON. Raises MalformedOtlp.

    Fields that this build of OTLP does not know have no name and are left out. A large request is written
    piece by piece, because as objects it is some seventy times as large.
    """
    texts = list(to_json_pieces(signal, data))
    if len(texts) < 2:
        return texts[0] if texts else "{}"
    # Each is {"resourceSpans":[...]}, or what the signal calls it.
    beginning = texts[0][: texts[0].index("[") + 1]
    return beginning + ",".join(text[len(beginning) : -len("]}")] for text in texts) + "]}"


def to_json_pieces(signal: Signal, data: bytes) -> Iterator[str]:
    """The same as several requests, where it is large. Raises MalformedOtlp."""
    if len(data) <= PIECE_BYTES:
        yield _piece_to_json(signal, data)
        return
    for piece in pieces(Batch(signal, data)):
        if len(piece.data) > 2 * PIECE_BYTES:  # a single item
            check_weight(piece.data, cast(Descriptor, REQUESTS[signal].DESCRIPTOR))
        yield _piece_to_json(signal, piece.data)


def _piece_to_json(signal: Signal, data: bytes) -> str:
    try:
        request = REQUESTS[signal].FromString(data)
    except Error as error:
        raise MalformedOtlp(f"not an OTLP request: {error}") from error
    return json.dumps(_as_dict(request), ensure_ascii=False, separators=(",", ":"))


@cache
def _request_reader(signal: Signal) -> Read:
    return _message_reader(cast(Descriptor, REQUESTS[signal].DESCRIPTOR), {})


def _message_reader(descriptor: Descriptor, shapes: dict[str, Shape]) -> Read:
    """How a message is read: a JSON object becomes the message's keyword arguments."""
    shape = _shape(descriptor, shapes)

    def read(value: Any) -> dict[str, Any]:
        fields = {}
        for key, item in _expect(dict, value).items():
            known = shape.get(key)
            # Unknown fields MUST be ignored; null means absent.
            if known is not None and item is not None:
                name, convert = known
                fields[name] = item if convert is None else convert(item)
        return fields

    return read


def _shape(descriptor: Descriptor, shapes: dict[str, Shape]) -> Shape:
    """The shape of a message, made once: AnyValue contains itself.

    The names in snake case are no OTLP, but protobuf's own mapping and other collectors take them.
    """
    shape = shapes.get(descriptor.full_name)
    if shape is None:
        shape = shapes[descriptor.full_name] = {}
        for field in descriptor.fields:
            shape[field.name] = shape[field.json_name] = (field.name, _field_reader(field, shapes))
    return shape


def _field_reader(field: FieldDescriptor, shapes: dict[str, Shape]) -> Read | None:
    one = _one_reader(field, shapes)
    if not field.is_repeated:
        return one
    if one is None:
        return lambda values: _expect(list, values)
    return lambda values: [one(value) for value in _expect(list, values)]


def _one_reader(field: FieldDescriptor, shapes: dict[str, Shape]) -> Read | None:
    kind = field.cpp_type
    if field.message_type is not None:
        return _message_reader(field.message_type, shapes)
    if field.enum_type is not None:
        names = {value.name: value.number for value in field.enum_type.values}
        return lambda value: _enum(names, value)
    if field.type == FieldDescriptor.TYPE_BYTES:
        size = ID_BYTES.get(field.name)
        return _base64 if size is None else lambda value: _identifier(value, size)
    if kind == FieldDescriptor.CPPTYPE_DOUBLE:
        return float
    return _whole if kind in _WHOLE else None


def _expect(kind: type, value: Any) -> Any:
    if type(value) is not kind:
        raise MalformedOtlp(f"expected {kind.__name__}, got {type(value).__name__}")
    return value


def _whole(value: Any) -> int:
    """A number, or a decimal string, as 64-bit integers come; also 1.5e18, which is whole."""
    kind = type(value)
    if kind is str and value.isascii() and value.removeprefix("-").isdecimal():
        return int(value)
    if kind is int or (kind is float and value.is_integer()):
        return int(value)
    raise MalformedOtlp(f"no whole number: {value!r:.40}")


def _enum(names: Mapping[str, int], value: Any) -> int:
    """A number; other collectors also take the name."""
    number = names.get(value) if type(value) is str else None
    return _whole(value) if number is None else number


def _identifier(value: Any, size: int) -> bytes:
    identifier = bytes.fromhex(value)
    if len(identifier) not in (0, size):
        raise MalformedOtlp(f"an id of {len(identifier)} bytes instead of {size}")
    return identifier


def _base64(value: Any) -> bytes:
    return base64.b64decode(value, validate=True)


def _as_dict(message: Message) -> dict[str, Any]:
    return {field.json_name: _written(field, value) for field, value in message.ListFields()}


def _written(field: FieldDescriptor, value: Any) -> Any:
    if field.is_repeated:
        return [_one_written(field, one) for one in value]
    return _one_written(field, value)


def _one_written(field: FieldDescriptor, value: Any) -> Any:
    if field.cpp_type == FieldDescriptor.CPPTYPE_MESSAGE:
        return _as_dict(value)
    if field.type == FieldDescriptor.TYPE_BYTES:
        return value.hex() if field.name in ID_BYTES else base64.b64encode(value).decode()
    if field.cpp_type in _WIDE:
        return str(value)
    if field.cpp_type == FieldDescriptor.CPPTYPE_DOUBLE and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value
