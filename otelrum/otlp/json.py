"""OTLP/JSON to protobuf bytes and back, as the OTLP specification maps them."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final, cast

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
from otelrum.otlp.fields import DELIMITED, Fields, Unusual
from otelrum.otlp.json_fields import ID_BYTES, MessageFields
from otelrum.otlp.requests import CHUNK_BYTES, chunks
from otelrum.otlp.values import encodable

__all__ = ["REQUESTS", "from_json", "to_json", "to_json_chunks"]

REQUESTS: Mapping[Signal, type[Message]] = {
    Signal.TRACES: ExportTraceServiceRequest,
    Signal.METRICS: ExportMetricsServiceRequest,
    Signal.LOGS: ExportLogsServiceRequest,
}

MAX_FIELDS: Final = 1_000_000
"""Some 150 MiB of Python objects. One item with more is made to be expensive."""

_MAX_DIGITS: Final = 300
"""A double ends at 309 digits: what is longer is one already, perhaps infinite."""

MAX_DEPTH: Final = 100
"""As deep as protobuf reads."""

_WIDE = frozenset({FieldDescriptor.CPPTYPE_INT64, FieldDescriptor.CPPTYPE_UINT64})


def from_json(signal: Signal, text: bytes) -> bytes:
    """The protobuf bytes of an OTLP/JSON request. Raises MalformedOtlp.

    What JSON can write and OTLP cannot hold is no reason to lose a request: half a surrogate pair becomes U+FFFD,
    an attribute's integer beyond 64 bits a double (SPEC section 11).
    """
    try:
        try:
            return _encoded(signal, json.loads(text))
        except (ValueError, TypeError, OverflowError):  # rare: only then every value is looked at
            return _encoded(signal, _mended(json.loads(text, parse_int=_number)))
    except (ValueError, TypeError, RecursionError, Error) as error:
        raise MalformedOtlp(f"not an OTLP request in JSON: {error}") from error


def to_json(signal: Signal, data: bytes) -> str:
    """An OTLP request as one line of OTLP/JSON. Raises MalformedOtlp.

    Fields that this build of OTLP does not know have no name and are left out. A large request is written
    chunk by chunk, because as objects it is some seventy times as large.
    """
    texts = list(to_json_chunks(signal, data))
    if len(texts) < 2:
        return texts[0] if texts else "{}"
    # Each is {"resourceSpans":[...]}, or what the signal calls it.
    beginning = texts[0][: texts[0].index("[") + 1]
    return beginning + ",".join(text[len(beginning) : -len("]}")] for text in texts) + "]}"


def to_json_chunks(signal: Signal, data: bytes) -> Iterator[str]:
    """The same as several requests, where it is large. Raises MalformedOtlp."""
    if len(data) <= CHUNK_BYTES:
        yield _chunk_to_json(signal, data)
        return
    for chunk in chunks(Batch(signal, data)):
        if len(chunk.data) > 2 * CHUNK_BYTES:  # a single item
            _check_weight(chunk.data, cast(Descriptor, REQUESTS[signal].DESCRIPTOR))
        yield _chunk_to_json(signal, chunk.data)


def _encoded(signal: Signal, value: object) -> bytes:
    request = REQUESTS[signal]
    data = request(**_fields_of(signal).read(value)).SerializeToString()
    request.FromString(data)  # protobuf writes deeper nesting than it, or any backend, reads
    return data


def _number(digits: str) -> int | float:
    """An integer as it is, where a double can be made of it; Python refuses those of thousands of digits."""
    return int(digits) if len(digits) < _MAX_DIGITS else float(digits)


def _mended(value: Any) -> Any:
    """A value of JSON with texts that UTF-8 can hold, and integers of attributes that 64 bits hold."""
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, list):
        return [_mended(item) for item in value]
    if not isinstance(value, dict):
        return value
    return dict(_mended_pair(key, value) for key, value in value.items())


def _mended_pair(key: str, value: Any) -> tuple[str, Any]:
    if key in ("intValue", "int_value"):
        is_text = isinstance(value, str) and value.removeprefix("-").isdecimal()
        number = _number(value) if is_text else value
        if isinstance(number, int | float) and not -(1 << 63) <= number < 1 << 63:
            return "doubleValue", float(number)
    return key, _mended(value)


def _chunk_to_json(signal: Signal, data: bytes) -> str:
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


def _check_weight(data: bytes, descriptor: Descriptor) -> None:
    """Raises MalformedOtlp where a message has more fields than may be decoded at once."""
    try:
        _count_down(data, Fields(data, 0, len(data)), descriptor, MAX_FIELDS, MAX_DEPTH)
    except Unusual:
        raise MalformedOtlp("broken, or written as no encoder writes it") from None


def _count_down(data: bytes, fields: Fields, descriptor: Descriptor, left: int, depth: int) -> int:
    """How many fields of `left` are left behind this message."""
    while fields.next():
        left -= 1
        if left < 0 or depth < 0:
            raise MalformedOtlp(f"an item of more than {MAX_FIELDS} fields, or deeper than {MAX_DEPTH}")
        field = descriptor.fields_by_number.get(fields.tag >> 3) if fields.tag & 7 == DELIMITED else None
        if field is not None and field.message_type is not None:
            inner = Fields(data, fields.start, fields.stop)
            left = _count_down(data, inner, field.message_type, left, depth - 1)
    return left
