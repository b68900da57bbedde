"""Walks along the fields of a protobuf message without making an object of it (protobuf's wire format).

Only what encoders write is walked. Whatever else protobuf allows, and whatever is broken, raises
`Unusual`: then the caller asks the protobuf package. Compiled (docs/decisions/0005), a step costs
some nanoseconds.
"""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64, mypyc_attr

VARINT: Final = 0
FIXED64: Final = 1
DELIMITED: Final = 2
FIXED32: Final = 5  # protobuf's wire types

_MAX_TAG_SHIFT: Final = 35  # a tag, and a length, have 32 bits: five bytes of seven
_MAX_SHIFT: Final = 70  # a value has 64 bits: ten bytes


class Unusual(Exception):
    """A group, or bytes that are no protobuf: the protobuf package decides."""


@mypyc_attr(acyclic=True, free_list_len=1)
class Fields:
    """A cursor: `next` goes on to the next field, until there is none."""

    __slots__ = ("_at", "_data", "_end", "begin", "start", "stop", "tag", "value")

    def __init__(self, data: bytes, start: i64, end: i64) -> None:
        self._data = data
        self._at: i64 = start
        self._end: i64 = end
        self.tag: i64 = 0
        """Field number and wire type, as they are on the wire: number << 3 | type."""
        self.begin: i64 = start
        """Where the field begins, tag included."""
        self.start: i64 = start
        """Where its value begins: of a delimited field, behind the length."""
        self.stop: i64 = start
        """Where it ends."""
        self.value: i64 = 0
        """The lowest 64 bits of a varint."""

    def enter(self, start: i64, end: i64) -> None:
        """Walk along another message of the same bytes."""
        self._at = self.begin = self.start = self.stop = start
        self._end = end

    @property
    def is_at_end(self) -> bool:
        """Whether there is no field behind this one."""
        return self._at >= self._end

    def next(self) -> bool:
        """Whether there is one more field. Raises Unusual."""
        if self._at >= self._end:
            return False
        self.begin = self._at
        tag = self._varint(_MAX_TAG_SHIFT)
        if tag < 8 or tag >> 32:
            raise Unusual
        self.tag = tag
        kind = tag & 7
        size: i64 = 0
        self.start = self._at
        if kind == DELIMITED:
            size = self._varint(_MAX_TAG_SHIFT)
            self.start = self._at
        elif kind == VARINT:
            self.value = self._varint(_MAX_SHIFT)
        elif kind == FIXED64:
            size = 8
        elif kind == FIXED32:
            size = 4
        else:
            raise Unusual
        self._at += size
        self.stop = self._at
        if self._at > self._end:
            raise Unusual
        return True

    def _varint(self, max_shift: i64) -> i64:
        data, at, end = self._data, self._at, self._end
        value: i64 = 0
        shift: i64 = 0
        while True:
            if at >= end or shift >= max_shift:
                raise Unusual
            byte: i64 = data[at]
            at += 1
            if shift < 64:
                value |= (byte & 0x7F) << shift
            if byte < 0x80:
                self._at = at
                return value
            shift += 7


def fixed64(data: bytes, at: i64) -> int:
    """The unsigned 64-bit number at this place."""
    value: i64 = data[at + 7]
    if value & 0x80:  # more than an i64 holds: no date of our time
        return int.from_bytes(data[at : at + 8], "little")
    for back in range(6, -1, -1):
        byte: i64 = data[at + back]
        value = value << 8 | byte
    return value
