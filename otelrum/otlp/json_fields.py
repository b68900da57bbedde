"""Reads JSON objects as the fields of protobuf messages, as the OTLP specification maps them.

It differs from protobuf's own JSON mapping: trace and span ids are hex, enums are written as
numbers, unknown fields are ignored. `json_format` would read a hex id as base64 and get 24 bytes.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Final

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from otelrum.otlp.errors import MalformedOtlp

# OTLP specification, "JSON Protobuf Encoding": hex, where other bytes fields are base64.
ID_BYTES: Final[Mapping[str, int]] = {"trace_id": 16, "span_id": 8, "parent_span_id": 8}

Convert = Callable[[object], object]

_WHOLE: Final = frozenset({
    FieldDescriptor.CPPTYPE_INT32, FieldDescriptor.CPPTYPE_INT64,
    FieldDescriptor.CPPTYPE_UINT32, FieldDescriptor.CPPTYPE_UINT64,
})  # fmt: skip


class MessageFields:
    """The fields of one kind of message by their JSON names.

    The names in snake case are no OTLP, but protobuf's own mapping and other collectors take them.
    """

    __slots__ = ("_fields",)

    def __init__(self, descriptor: Descriptor, known: dict[str, MessageFields]) -> None:
        """`known` are the kinds that were met before: AnyValue contains itself."""
        known[descriptor.full_name] = self
        self._fields: dict[str, Field] = {}
        for field in descriptor.fields:
            self._fields[field.name] = self._fields[field.json_name] = Field(field, known)

    def read(self, value: object) -> dict[str, object]:
        """A JSON object as the keyword arguments of the message. Raises MalformedOtlp, ValueError, TypeError."""
        if not isinstance(value, dict):
            raise _unexpected("dict", value)
        out: dict[str, object] = {}
        for key, item in value.items():
            field = self._fields.get(key)
            # Unknown fields MUST be ignored; null means absent.
            if field is not None and item is not None:
                out[field.name] = field.read(item)
        return out


class Field:
    """One field of a message."""

    __slots__ = ("_convert", "_is_repeated", "_message", "name")

    def __init__(self, field: FieldDescriptor, known: dict[str, MessageFields]) -> None:
        self.name: str = field.name
        self._is_repeated: bool = field.is_repeated
        self._message: MessageFields | None = None
        self._convert = _converter(field)
        """What else is done with a value; None where it is taken as it is."""
        if field.message_type is not None:
            self._message = known.get(field.message_type.full_name) or MessageFields(field.message_type, known)

    def read(self, value: object) -> object:
        """The value that the message takes."""
        if not self._is_repeated:
            return self._one(value)
        if not isinstance(value, list):
            raise _unexpected("list", value)
        return [self._one(item) for item in value]

    def _one(self, value: object) -> object:
        if self._message is not None:
            return self._message.read(value)
        return value if self._convert is None else self._convert(value)


def _converter(field: FieldDescriptor) -> Convert | None:
    kind = field.cpp_type
    if field.enum_type is not None:
        names = {value.name: value.number for value in field.enum_type.values}
        return lambda value: _enum(names, value)
    if field.type == FieldDescriptor.TYPE_BYTES:
        size = ID_BYTES.get(field.name)
        return _base64 if size is None else lambda value: _identifier(value, size)
    if kind == FieldDescriptor.CPPTYPE_DOUBLE:
        return float  # type: ignore[return-value]
    return _whole if kind in _WHOLE else None


def _unexpected(kind: str, value: object) -> MalformedOtlp:
    return MalformedOtlp(f"expected {kind}, got {type(value).__name__}")


def _whole(value: object) -> int:
    """A number, or a decimal string, as 64-bit integers come; also 1.5e18, which is whole."""
    if isinstance(value, str) and value.isascii() and value.removeprefix("-").isdecimal():
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    raise MalformedOtlp(f"no whole number: {value!r:.40}")


def _enum(names: Mapping[str, int], value: object) -> int:
    """A number; other collectors also take the name."""
    number = names.get(value) if isinstance(value, str) else None
    return _whole(value) if number is None else number


def _identifier(value: object, size: int) -> bytes:
    if not isinstance(value, str):
        raise _unexpected("str", value)
    identifier = bytes.fromhex(value)
    if len(identifier) not in (0, size):
        raise MalformedOtlp(f"an id of {len(identifier)} bytes instead of {size}")
    return identifier


def _base64(value: object) -> bytes:
    if not isinstance(value, str):
        raise _unexpected("str", value)
    return base64.b64decode(value, validate=True)
