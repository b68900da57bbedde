"""Adds attributes to a span or log record, and cuts attributes out; every other byte stays as it came (SPEC section 6).

Protobuf lets the occurrences of a repeated field stand anywhere in a message, so what is appended
is one more attribute, and nothing that came is read or written again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from google.protobuf.message import DecodeError
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from otelrum.otlp.batch import MAX_UNUSUAL_BYTES, Signal
from otelrum.otlp.errors import MalformedOtlp
from otelrum.otlp.fields import DELIMITED, Fields, Unusual
from otelrum.otlp.values import attribute, attributes, key_bytes

Cuttable = type[Span] | type[LogRecord] | type[Resource]


_LOGS: Final = Signal.LOGS
_SPAN_ATTRIBUTES: Final = 0x4A  # the tag of Span.attributes
_RECORD_ATTRIBUTES: Final = 0x32  # the tag of LogRecord.attributes
_SPAN_TAG: Final = bytes([_SPAN_ATTRIBUTES])
_RECORD_TAG: Final = bytes([_RECORD_ATTRIBUTES])
_KEY: Final = 0x0A  # the tag of KeyValue.key


class Addition:
    """Attributes ready to be appended to items of one signal."""

    __slots__ = ("_data", "_fields", "_is_record", "_keys")

    def __init__(self, added: dict[str, object], signal: Signal) -> None:
        self._is_record = signal is _LOGS
        tag = _RECORD_TAG if self._is_record else _SPAN_TAG
        self._keys: list[bytes] = []
        self._fields: list[bytes] = []
        for key, value in added.items():
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


def attributes_of(item: bytes, signal: Signal) -> dict[str, object]:
    """All attributes of a valid span or record."""
    return attributes((LogRecord if signal is _LOGS else Span).FromString(item).attributes)


class Attributed(NamedTuple):
    """What has attributes: its message, and the tag of them."""

    message: Cuttable
    tag: bytes


SPAN: Final = Attributed(Span, _SPAN_TAG)
RECORD: Final = Attributed(LogRecord, _RECORD_TAG)
RESOURCE: Final = Attributed(Resource, b"\x0a")


def edited(data: bytes, kind: Attributed, change: Callable[[dict[str, object]], None]) -> bytes:
    """`data` with its attributes as `change` leaves them: what it does not touch keeps its bytes.

    An attribute with another value is cut out, and stands at the end. Raises MalformedOtlp.
    """
    try:
        before = attributes(kind.message.FromString(data).attributes)
    except DecodeError as error:
        raise MalformedOtlp(f"not an OTLP message: {error}") from error
    after = dict(before)
    change(after)
    gone = frozenset(key for key in before if key not in after or after[key] is not before[key])
    new = {key: value for key, value in after.items() if key in gone or key not in before}
    if not gone and not new:
        return data
    kept = cut(data, kind.message, gone) if gone else data
    return kept + b"".join(attribute(kind.tag, key, value) for key, value in new.items())


def cut_item(item: bytes, signal: Signal, keys: frozenset[str]) -> bytes:
    """A span or record without the attributes of these names. Raises MalformedOtlp where it cannot be read."""
    return cut(item, LogRecord if signal is _LOGS else Span, keys)


def cut(data: bytes, message: Cuttable, keys: frozenset[str]) -> bytes:
    """`data`, a `message`, without the attributes of these names. Raises MalformedOtlp where it cannot be read."""
    sought = {key.encode() for key in keys}
    if not any(key in data for key in sought):
        return data
    number = message.DESCRIPTOR.fields_by_name["attributes"].number
    try:
        return _walked_cut(data, number << 3 | DELIMITED, sought)
    except Unusual:  # groups, and tags in more bytes than they need: no encoder writes them, but they are allowed
        if len(data) > MAX_UNUSUAL_BYTES:
            raise MalformedOtlp("an item that is broken, or written as no encoder writes it") from None
        return _cut_anew(data, message, keys)


def _walked_cut(data: bytes, tag: int, keys: set[bytes]) -> bytes:
    runs = []
    kept_to = 0
    fields, pair = Fields(data, 0, len(data)), Fields(data, 0, 0)
    while fields.next():
        if fields.tag == tag:
            pair.enter(fields.start, fields.stop)
            if _key(data, pair) in keys:
                runs.append(data[kept_to : fields.begin])
                kept_to = fields.stop
    runs.append(data[kept_to:])
    return b"".join(runs)


def _cut_anew(data: bytes, message: Cuttable, keys: frozenset[str]) -> bytes:
    parsed = message.FromString(data)
    kept = [pair for pair in parsed.attributes if pair.key not in keys]
    del parsed.attributes[:]
    parsed.attributes.extend(kept)
    return parsed.SerializeToString()


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
            out.add(_key(item, pair))
    return out


def _key(data: bytes, pair: Fields) -> bytes:
    """The key of the KeyValue that `pair` has entered; of several the last one counts, as protobuf has it."""
    key = b""
    while pair.next():
        if pair.tag == _KEY:
            key = data[pair.start : pair.stop]
    return key
