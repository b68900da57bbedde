"""Cuts attributes out of a span, log record or resource; every other byte stays, in its order (SPEC section 6)."""

from __future__ import annotations

from collections.abc import Iterator

from google.protobuf.empty_pb2 import Empty
from google.protobuf.unknown_fields import UnknownFieldSet
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span

Cuttable = type[Span] | type[LogRecord] | type[Resource]

_VARINT, _FIXED64, _DELIMITED, _FIXED32 = 0, 1, 2, 5  # protobuf's wire types


def cut(data: bytes, message: Cuttable, keys: frozenset[str]) -> bytes:
    """`data`, a valid `message`, without the attributes of these names."""
    if not any(key.encode() in data for key in keys):
        return data
    number = message.DESCRIPTOR.fields_by_name["attributes"].number
    kept, at = [], 0
    for field_number, value, size in _fields(data):
        if field_number != number or not isinstance(value, bytes) or KeyValue.FromString(value).key not in keys:
            kept.append(data[at : at + size])
        at += size
    # Lengths in more bytes than they need, and groups: no encoder writes them, but they are allowed.
    return b"".join(kept) if at == len(data) else _cut_anew(data, message, keys)


def _fields(data: bytes) -> Iterator[tuple[int, object, int]]:
    """Number, value and size of each outermost field, as long as sizes are what encoders write."""
    # To a message without fields of its own all are unknown, and unknown fields keep their order.
    fields = UnknownFieldSet(Empty.FromString(data))
    for at in range(len(fields)):
        field = fields[at]
        tag_size = _varint_size(field.field_number << 3)
        if field.wire_type == _DELIMITED:
            yield field.field_number, field.data, tag_size + _varint_size(len(field.data)) + len(field.data)
        elif field.wire_type == _VARINT:
            yield field.field_number, field.data, tag_size + _varint_size(field.data)
        elif field.wire_type in (_FIXED64, _FIXED32):
            yield field.field_number, field.data, tag_size + (8 if field.wire_type == _FIXED64 else 4)
        else:
            return


def _varint_size(value: int) -> int:
    return max(1, (value.bit_length() + 6) // 7)


def _cut_anew(data: bytes, message: Cuttable, keys: frozenset[str]) -> bytes:
    parsed = message.FromString(data)
    kept = [pair for pair in parsed.attributes if pair.key not in keys]
    del parsed.attributes[:]
    parsed.attributes.extend(kept)
    return parsed.SerializeToString()
