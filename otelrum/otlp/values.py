"""OTLP's values and attributes as Python values, and back to bytes (OTLP specification, common.proto).

Texts, numbers and lists of them, which nearly all are, are written here; the protobuf package writes the rest.
What it reads of either is the same (a property test says so).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

_INT64: Final = range(-(1 << 63), 1 << 63)
_KEY: Final = b"\x0a"
_VALUE: Final = b"\x12"  # tags of KeyValue's fields
_TEXT: Final = b"\x0a"
_NUMBER: Final = b"\x18"
_ARRAY: Final = b"\x2a"  # tags of AnyValue's string_value, int_value and array_value
_VALUES: Final = b"\x0a"  # the tag of ArrayValue.values
_ONE_BYTE: Final = tuple(bytes([value]) for value in range(128))


def python_value(value: AnyValue) -> object:
    """str, bool, int, float, bytes, list, dict, or None where nothing is set."""
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    if kind == "array_value":
        return [python_value(item) for item in value.array_value.values]
    if kind == "kvlist_value":
        return attributes(value.kvlist_value.values)
    found: object = getattr(value, kind)
    return found


def attributes(pairs: Iterable[KeyValue]) -> dict[str, object]:
    """All attributes as a dict; of equal keys, which the specification forbids, the last counts."""
    return {pair.key: python_value(pair.value) for pair in pairs}


def mapped(found: Mapping[str, AnyValue]) -> dict[str, object]:
    """All attributes of a view (proto/otelrum/views.proto)."""
    return {key: python_value(value) for key, value in found.items()}


def any_value(value: object) -> AnyValue:
    """The AnyValue of a Python value. An int beyond 64 bits becomes a double; what OTLP has no word for, its text."""
    out = AnyValue()
    _set(out, value)
    return out


def key_value(key: str, value: object) -> KeyValue:
    """One attribute."""
    out = KeyValue()
    set_pair(out, key, value)
    return out


def set_pair(pair: KeyValue, key: str, value: object) -> None:
    """Make this pair an attribute."""
    pair.key = encodable(key)
    _set(pair.value, value)


def _set(out: AnyValue, value: object) -> None:
    if isinstance(value, str):
        out.string_value = encodable(value)
    elif isinstance(value, bool):
        out.bool_value = value
    elif isinstance(value, int):
        _set_number(out, value)
    elif isinstance(value, float):
        out.double_value = value
    elif isinstance(value, bytes):
        out.bytes_value = value
    elif isinstance(value, Mapping):
        out.kvlist_value.SetInParent()
        for key, item in value.items():
            set_pair(out.kvlist_value.values.add(), str(key), item)
    elif isinstance(value, Sequence):
        out.array_value.SetInParent()
        for item in value:
            _set(out.array_value.values.add(), item)
    elif value is None:
        out.SetInParent()
    else:
        out.string_value = encodable(str(value))


def _set_number(out: AnyValue, value: int) -> None:
    if value in _INT64:
        out.int_value = value
        return
    try:
        out.double_value = float(value)
    except OverflowError:
        out.double_value = float("inf") if value > 0 else float("-inf")


def encodable(text: str) -> str:
    """Text in which halves of surrogate pairs, which JSON can write and UTF-8 cannot, are U+FFFD (SPEC section 11)."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def attribute(tag: bytes, key: str, value: object) -> bytes:
    """One attribute as a field with this tag."""
    if isinstance(value, str) and len(key) + len(value) <= _MAX_REMEMBERED:
        return _remembered(tag, key, value)
    return _attribute(tag, key, _any_value(value))


def key_bytes(key: str) -> bytes:
    """A key as it stands on the wire."""
    return _remembered_key(key) if len(key) <= _MAX_REMEMBERED else _key_bytes(key)


def _text_attribute(tag: bytes, key: str, value: str) -> bytes:
    return _attribute(tag, key, _any_value(value))


def _attribute(tag: bytes, key: str, value: bytes) -> bytes:
    return delimited(tag, delimited(_KEY, key_bytes(key)) + delimited(_VALUE, value))


def _key_bytes(key: str) -> bytes:
    return encodable(key).encode()


# Names, selectors and browsers are the same again and again: at most 4 MiB of them. A page may send keys of any length.
_MAX_REMEMBERED: Final = 160
_remembered: Final = lru_cache(8192)(_text_attribute)
_remembered_key: Final = lru_cache(1024)(_key_bytes)


def delimited(tag: bytes, data: bytes) -> bytes:
    """A field of bytes, text or message."""
    return tag + varint(len(data)) + data


def varint(value: int) -> bytes:
    """A number that is not negative."""
    if value < 128:
        return _ONE_BYTE[value]
    return bytes([value & 0x7F | 0x80]) + varint(value >> 7)


def _any_value(value: object) -> bytes:
    if isinstance(value, str):
        return delimited(_TEXT, encodable(value).encode())
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _INT64.stop:
        return _NUMBER + varint(value)
    if isinstance(value, list):
        return delimited(_ARRAY, b"".join([delimited(_VALUES, _any_value(item)) for item in value]))
    return any_value(value).SerializeToString()
