"""Adds attributes to a span or log record by appending bytes (OTLP specification: attributes are a repeated field).

Protobuf lets the occurrences of a repeated field stand anywhere in a message, so what is appended
is one more attribute, and nothing that came is read or written again.
"""

from __future__ import annotations

from typing import Final

from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from otelrum.otlp.batch import Signal
from otelrum.otlp.encode import attribute, key_bytes
from otelrum.otlp.fields import Fields, Unusual

_LOGS: Final = Signal.LOGS
_SPAN_ATTRIBUTES: Final = 0x4A  # the tag of Span.attributes
_RECORD_ATTRIBUTES: Final = 0x32  # the tag of LogRecord.attributes
_SPAN_TAG: Final = bytes([_SPAN_ATTRIBUTES])
_RECORD_TAG: Final = bytes([_RECORD_ATTRIBUTES])
_KEY: Final = 0x0A  # the tag of KeyValue.key


class Addition:
    """Attributes ready to be appended to items of one signal."""

    __slots__ = ("_data", "_fields", "_is_record", "_keys")

    def __init__(self, attributes: dict[str, object], signal: Signal) -> None:
        self._is_record = signal is _LOGS
        tag = _RECORD_TAG if self._is_record else _SPAN_TAG
        self._keys: list[bytes] = []
        self._fields: list[bytes] = []
        for key, value in attributes.items():
            self._keys.append(key_bytes(key))
            self._fields.append(attribute(tag, key, value))
        self._data = b"".join(self._fields)

    def to(self, item: bytes) -> bytes:
        """The item with each attribute whose key it does not have (SPEC section 6)."""
        for key in self._keys:
            if key in item:  # perhaps as a key: only then it is worth a look inside
                own = _keys(item, self._is_record)
                lacking = [field for key, field in zip(self._keys, self._fields, strict=True) if key not in own]
                return item + b"".join(lacking)
        return item + self._data


def _keys(item: bytes, is_record: bool) -> set[bytes]:
    """The keys of an item's attributes, in UTF-8."""
    try:
        return _walked_keys(item, _RECORD_ATTRIBUTES if is_record else _SPAN_ATTRIBUTES)
    except Unusual:
        found = (LogRecord if is_record else Span).FromString(item).attributes
        return {pair.key.encode() for pair in found}


def _walked_keys(item: bytes, tag: int) -> set[bytes]:
    out = set()
    fields, pair = Fields(item, 0, len(item)), Fields(item, 0, 0)
    while fields.next():
        if fields.tag == tag:
            pair.enter(fields.start, fields.stop)
            key = b""
            while pair.next():  # of several keys the last one counts
                if pair.tag == _KEY:
                    key = item[pair.start : pair.stop]
            out.add(key)
    return out
