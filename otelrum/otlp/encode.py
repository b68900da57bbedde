"""Writes attributes as bytes (opentelemetry.proto.common.v1.KeyValue).

Texts, numbers and lists of them, which nearly all are, are put together here; the protobuf package writes the rest.
What it reads of either is the same (a property test says so).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from otelrum.otlp.values import any_value, encodable

_KEY: Final = b"\x0a"
_VALUE: Final = b"\x12"  # tags of KeyValue's fields
_TEXT: Final = b"\x0a"
_NUMBER: Final = b"\x18"
_ARRAY: Final = b"\x2a"  # tags of AnyValue's string_value, int_value and array_value
_VALUES: Final = b"\x0a"  # the tag of ArrayValue.values
_ONE_BYTE: Final = tuple(bytes([value]) for value in range(128))
_MAX_INT64: Final = (1 << 63) - 1


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
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MAX_INT64:
        return _NUMBER + varint(value)
    if isinstance(value, list):
        return delimited(_ARRAY, b"".join([delimited(_VALUES, _any_value(item)) for item in value]))
    return any_value(value).SerializeToString()
