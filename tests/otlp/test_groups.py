"""A request taken apart shows the same groups, whoever reads it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from otelrum.otlp.batch import Batch, ResourceGroup, ScopeGroup, Signal, parse
from otelrum.otlp.groups import items_with, read_groups
from tests.otlp.messages import requests

GROUP = b"\xfb\x3e\x2a\x01g\xfc\x3e"
"""Field 1007 as a group, which sends the reader to the protobuf package."""


def shown(data: bytes) -> list[object]:
    return [
        (ResourceGroup.FromString(group.header), [(ScopeGroup.FromString(s.header), s.items) for s in group.scopes])
        for group in read_groups(data)
    ]


def parsed(data: bytes) -> list[object]:
    out: list[object] = []
    for group in parse(data).resources:
        scopes = []
        for scope in group.scopes:
            items = list(scope.items)
            scope.ClearField("items")
            scopes.append((scope, items))
        header = ResourceGroup.FromString(group.SerializeToString())
        header.ClearField("scopes")
        out.append((header, scopes))
    return out


@given(requests(), st.sampled_from([b"", GROUP]))
def test_headers_and_items_are_those_of_the_grouped_messages(data: bytes, more: bytes) -> None:
    assert shown(data + more) == parsed(data + more)
    assert Batch(Signal.TRACES, data + more).items == sum(len(s.items) for g in parse(data).resources for s in g.scopes)


@given(requests(), st.sampled_from([b"", GROUP]), st.sampled_from([b"action.id", b"a", b"\x4a", b"\x0a\x00"]))
def test_items_with_a_mark_are_those_that_a_look_into_each_finds(data: bytes, more: bytes, mark: bytes) -> None:
    groups = read_groups(data + more)
    marked = [(g.header, item) for g in groups for scope in g.scopes for item in scope.items if mark in item]
    assert items_with(data + more, mark) == marked


@given(requests())
def test_a_header_keeps_its_bytes(data: bytes) -> None:
    for group in read_groups(data):
        assert all(scope.header in data or not scope.items for scope in group.scopes) or len(group.scopes) > 0
        assert sum(map(len, [group.header, *(scope.header for scope in group.scopes)])) <= len(data)


def test_a_header_of_a_million_fields_costs_no_more_than_its_bytes() -> None:
    """Joined field by field it would take an hour."""
    header = b"\x7a\x00" * 1_000_000
    (group,) = read_groups(b"\x0a" + encoded_varint(len(header)) + header)
    assert group.header == header


def encoded_varint(value: int) -> bytes:
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])
