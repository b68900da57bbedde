"""The facts of a span, read from its bytes (opentelemetry.proto.trace.v1.Span).

The bytes have been checked before: they are a span. What encoders write is walked along; anything
else, such as an attribute whose value was written in two parts, is read by the protobuf package. Both
give what the full message does (property tests say so).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from mypy_extensions import i64, mypyc_attr
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from otelrum.otlp.fields import Fields, Unusual, fixed64
from otelrum.otlp.values import python_value

# Tags of Span's fields: number << 3 | wire type.
_TRACE_ID: Final = 0x0A
_SPAN_ID: Final = 0x12
_PARENT_SPAN_ID: Final = 0x22
_NAME: Final = 0x2A
_KIND: Final = 0x30
_START: Final = 0x39
_END: Final = 0x41
_ATTRIBUTES: Final = 0x4A
_EVENTS: Final = 0x5A
_KEY: Final = 0x0A
_VALUE: Final = 0x12  # of KeyValue
_STRING: Final = 0x0A
_INT: Final = 0x18  # of AnyValue
_MAX_INT64: Final = (1 << 63) - 1

_MAX_KEY: Final = 64
"""Bytes of a key: longer ones are few."""


@mypyc_attr(acyclic=True, free_list_len=1)
class SpanFacts:
    """The fields of a span that decide what it is; of its attributes those that the filter names."""

    __slots__ = (
        "attributes",
        "end_ns",
        "has_events",
        "kind",
        "name",
        "parent_span_id",
        "span_id",
        "start_ns",
        "trace_id",
    )

    def __init__(self) -> None:
        self.trace_id = b""
        self.span_id = b""
        self.parent_span_id = b""
        self.name = ""
        self.kind = 0
        self.start_ns = 0
        self.end_ns = 0
        self.has_events = False
        self.attributes: dict[str, object] = {}


class KeyFilter:
    """The keys of the attributes to read."""

    __slots__ = ("_keys", "_sizes")

    def __init__(self, keys: Iterable[str]) -> None:
        self._keys = {key.encode(): key for key in keys}
        self._sizes = [size in set(map(len, self._keys)) for size in range(_MAX_KEY)]
        """Whether a key has so many bytes: most that are not in it need no other look."""

    def key(self, data: bytes, start: i64, stop: i64) -> str | None:
        """The key whose UTF-8 is here, if it is one of them."""
        if stop - start < _MAX_KEY and not self._sizes[stop - start]:
            return None
        return self._keys.get(data[start:stop])


def read_span(data: bytes, keys: KeyFilter) -> SpanFacts:
    """The facts of a valid span, and those of its attributes that `keys` names."""
    try:
        return _walked(data, keys)
    except Unusual:
        return _parsed(Span.FromString(data), keys)


def _parsed(span: Span, keys: KeyFilter) -> SpanFacts:
    """The same of the full message."""
    out = SpanFacts()
    out.trace_id, out.span_id, out.parent_span_id = span.trace_id, span.span_id, span.parent_span_id
    out.name = span.name
    out.kind = span.kind & 0xFFFFFFFF
    out.start_ns, out.end_ns = span.start_time_unix_nano, span.end_time_unix_nano
    out.has_events = bool(span.events)
    for pair in span.attributes:
        own = pair.key.encode()
        key = keys.key(own, 0, len(own))
        if key is not None:
            out.attributes[key] = python_value(pair.value)
    return out


def _walked(data: bytes, keys: KeyFilter) -> SpanFacts:
    out = SpanFacts()
    fields, pair = Fields(data, 0, len(data)), Fields(data, 0, 0)
    while fields.next():
        tag = fields.tag
        if tag == _ATTRIBUTES:
            pair.enter(fields.start, fields.stop)
            _read_pair(data, pair, keys, out.attributes)
        elif tag == _TRACE_ID:
            out.trace_id = data[fields.start : fields.stop]
        elif tag == _SPAN_ID:
            out.span_id = data[fields.start : fields.stop]
        elif tag == _PARENT_SPAN_ID:
            out.parent_span_id = data[fields.start : fields.stop]
        elif tag == _NAME:
            out.name = data[fields.start : fields.stop].decode()
        elif tag == _KIND:
            out.kind = fields.value & 0xFFFFFFFF  # an enum has 32 bits
        elif tag == _START:
            out.start_ns = fixed64(data, fields.start)
        elif tag == _END:
            out.end_ns = fixed64(data, fields.start)
        elif tag == _EVENTS:
            out.has_events = True
    return out


def _read_pair(data: bytes, pair: Fields, keys: KeyFilter, into: dict[str, object]) -> None:
    """One attribute, if `keys` names it; of equal keys the last counts. Raises Unusual."""
    key = None
    if pair.next() and pair.tag == _KEY:
        key = keys.key(data, pair.start, pair.stop)
        if not pair.next():
            if key is not None:
                into[key] = None
            return
    # One key before one value, as every encoder writes it: of several of them the last ones count.
    if not pair.is_at_end or (pair.stop > pair.begin and pair.tag != _VALUE):
        raise Unusual
    if key is not None:
        into[key] = _value(data, pair, pair.start, pair.stop)


def _value(data: bytes, fields: Fields, start: i64, stop: i64) -> object:
    """The value of an AnyValue: most are texts and whole numbers."""
    fields.enter(start, stop)
    if fields.next() and fields.is_at_end:
        if fields.tag == _STRING:
            return data[fields.start : fields.stop].decode()
        if fields.tag == _INT and 0 <= fields.value <= _MAX_INT64:
            return fields.value
    return python_value(AnyValue.FromString(data[start:stop]))
