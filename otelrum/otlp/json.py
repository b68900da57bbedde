"""OTLP/JSON to protobuf bytes and back, as the OTLP specification maps them."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterator, Mapping
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

from otelrum.otlp.batch import Batch, Signal
from otelrum.otlp.errors import MalformedOtlp
from otelrum.otlp.json_fields import ID_BYTES, MessageFields
from otelrum.otlp.pieces import PIECE_BYTES, pieces
from otelrum.otlp.weight import check_weight

__all__ = ["REQUESTS", "from_json", "to_json", "to_json_pieces"]

REQUESTS: Mapping[Signal, type[Message]] = {
    Signal.TRACES: ExportTraceServiceRequest,
    Signal.METRICS: ExportMetricsServiceRequest,
    Signal.LOGS: ExportLogsServiceRequest,
}

_WIDE = frozenset({FieldDescriptor.CPPTYPE_INT64, FieldDescriptor.CPPTYPE_UINT64})


def from_json(signal: Signal, text: bytes) -> bytes:
    """The protobuf bytes of an OTLP/JSON request. Raises MalformedOtlp."""
    request = REQUESTS[signal]
    try:
        fields = _fields_of(signal).read(json.loads(text))
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
def _fields_of(signal: Signal) -> MessageFields:
    return MessageFields(cast(Descriptor, REQUESTS[signal].DESCRIPTOR), {})


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
