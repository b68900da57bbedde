"""Walking along bytes says what the protobuf package says, or leaves it to that package."""

from __future__ import annotations

import pytest
from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import DecodeError
from google.protobuf.unknown_fields import UnknownFieldSet
from hypothesis import given
from hypothesis import strategies as st

from otelrum.otlp.fields import Fields, Unusual, fixed64
from tests.otlp.messages import requests, spans

GROUP = b"\xfb\x3e\x2a\x01g\xfc\x3e"


def walked(data: bytes) -> list[tuple[int, int, bytes]]:
    """Number, wire type and value of each field."""
    fields, out = Fields(data, 0, len(data)), []
    while fields.next():
        out.append((fields.tag >> 3, fields.tag & 7, data[fields.start : fields.stop]))
    return out


def official(data: bytes) -> list[tuple[int, int, object]]:
    """The same by the protobuf package: to a message without fields all are unknown. Raises DecodeError."""
    found = UnknownFieldSet(Empty.FromString(data))
    return [(one.field_number, one.wire_type, one.data) for one in (found[at] for at in range(len(found)))]


def same(own: tuple[int, int, bytes], other: tuple[int, int, object]) -> bool:
    number, wire_type, data = own
    value: object = data
    if wire_type == 0:
        value = sum((byte & 0x7F) << 7 * at for at, byte in enumerate(data)) & (1 << 64) - 1
    elif wire_type in (1, 5):
        value = int.from_bytes(data, "little")
    return (number, wire_type, value) == other


@given(st.one_of(spans(), requests(), st.binary(max_size=24)))
def test_fields_are_those_of_the_protobuf_package(data: bytes) -> None:
    try:
        own = walked(data)
    except Unusual:
        return
    other = official(data)
    assert len(own) == len(other) and all(map(same, own, other))


@given(st.binary(max_size=24))
def test_what_the_protobuf_package_refuses_is_not_walked(data: bytes) -> None:
    try:
        official(data)
    except DecodeError:
        with pytest.raises(Unusual):
            walked(data)


@given(spans())
def test_what_encoders_write_is_walked_to_its_end(data: bytes) -> None:
    assert sum(len(value) for _, _, value in walked(data)) <= len(data)


@pytest.mark.parametrize(
    "data",
    [GROUP, b"\x00", b"\x06", b"\x0e\x00", b"\x0a\x05ab", b"\x09\1\1", b"\x80", b"\x08" + b"\xff" * 10 + b"\1"],
    ids=["group", "number 0", "wire type 6", "wire type 6 too", "cut text", "cut number", "cut tag", "long varint"],
)
def test_groups_and_broken_bytes_are_left_to_the_protobuf_package(data: bytes) -> None:
    with pytest.raises(Unusual):
        walked(data)


@given(st.integers(0, 2**64 - 1), st.binary(max_size=3))
def test_fixed_numbers_have_all_their_bits(value: int, before: bytes) -> None:
    assert fixed64(before + value.to_bytes(8, "little"), len(before)) == value
