"""Attributes are added by appending bytes or cut out, and every other byte stays in its order (SPEC section 6)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from otelrum.otlp.batch import Signal
from otelrum.otlp.edit import Addition, Cuttable, cut
from otelrum.otlp.values import attributes, key_value
from tests.otlp.messages import UNKNOWN, keys, pairs, spans, texts, values

mappings = st.dictionaries(keys, values, max_size=4)


@given(spans(), mappings)
def test_what_is_added_is_there_and_what_was_there_stays(item: bytes, added: dict[str, object]) -> None:
    out = Addition(added, Signal.TRACES).to(item)
    before, after = attributes(Span.FromString(item).attributes), attributes(Span.FromString(out).attributes)
    assert after == {**added, **before}
    assert out.startswith(item)


@given(spans(), mappings)
def test_adding_twice_is_adding_once(item: bytes, added: dict[str, object]) -> None:
    addition = Addition(added, Signal.TRACES)
    once = addition.to(item)
    assert addition.to(once) == once


@given(mappings, texts)
def test_log_records_get_attributes_in_the_same_way(added: dict[str, object], name: str) -> None:
    item = LogRecord(event_name=name).SerializeToString() + UNKNOWN
    out = Addition(added, Signal.LOGS).to(item)
    assert attributes(LogRecord.FromString(out).attributes) == added
    assert out.startswith(item)


def test_a_key_that_is_only_in_a_value_is_no_attribute() -> None:
    item = Span(name="action.id").SerializeToString()
    out = Addition({"action.id": "x"}, Signal.TRACES).to(item)
    assert attributes(Span.FromString(out).attributes) == {"action.id": "x"}


# ------------------------------------------------------------------ cutting
KEYS = frozenset({"client.address", "target.text"})
GROUP = b"\xfb\x3e\x2a\x01g\xfc\x3e"
"""Field 1007 as a group, with a text in it: an old way to nest, which readers must still take."""


def attribute(key: bytes, tag: bytes = b"\x4a", long_length: bool = False) -> bytes:
    pair = b"\x0a" + bytes([len(key)]) + key
    return tag + (bytes([len(pair) | 0x80, 0]) if long_length else bytes([len(pair)])) + pair


fields = st.sampled_from(
    [
        b"\x2a\x01n",
        b"\x39" + b"\1" * 8,
        b"\x50\x05",
        b"\x85\x01\1\1\1\1",
        UNKNOWN,
        attribute(b"view.id"),
        attribute(b"target.text"),
        attribute(b"client.address"),
        attribute(b"client.address.port"),
    ]
)


@given(st.lists(fields, max_size=8))
def test_every_other_byte_stays_in_its_order(parts: list[bytes]) -> None:
    gone = [attribute(key.encode()) for key in KEYS]
    assert cut(b"".join(parts), Span, KEYS) == b"".join(part for part in parts if part not in gone)


@given(spans())
def test_only_these_attributes_go(item: bytes) -> None:
    out, before = Span.FromString(cut(item, Span, KEYS)), Span.FromString(item)
    kept = [pair for pair in before.attributes if pair.key not in KEYS]
    assert list(out.attributes) == kept
    del out.attributes[:], before.attributes[:]
    assert out == before


@given(spans())
def test_a_span_without_them_keeps_its_bytes(item: bytes) -> None:
    without = cut(item, Span, KEYS)
    assert cut(without, Span, KEYS) == without


@pytest.mark.parametrize("message", [Span, LogRecord, Resource])
@given(others=pairs)
def test_spans_records_and_resources_are_cut_alike(message: Cuttable, others: list[object]) -> None:
    item = message(attributes=[*others, key_value("target.text", "x")])  # type: ignore[list-item]
    out = message.FromString(cut(item.SerializeToString(), message, KEYS))
    assert list(out.attributes) == [pair for pair in item.attributes if pair.key not in KEYS]


def test_a_name_that_is_only_in_a_value_is_no_attribute() -> None:
    item = Span(name="target.text", attributes=[key_value("a", "client.address")]).SerializeToString()
    assert cut(item, Span, KEYS) == item


@given(st.lists(st.one_of(fields, st.sampled_from([GROUP, attribute(b"target.text", long_length=True)])), max_size=8))
def test_unusual_encodings_lose_nothing_else(parts: list[bytes]) -> None:
    item = b"".join(parts)
    out = cut(item, Span, KEYS)
    again, before = Span.FromString(out), Span.FromString(item)
    assert [pair.key for pair in again.attributes] == [p.key for p in before.attributes if p.key not in KEYS]
    assert again.name == before.name
    assert (out.count(UNKNOWN), out.count(GROUP)) == (item.count(UNKNOWN), item.count(GROUP))


def test_a_tag_that_is_longer_than_needed_is_understood() -> None:
    out = cut(b"\x2a\x01n" + attribute(b"target.text", tag=b"\xca\x00"), Span, KEYS)
    assert (Span.FromString(out).name, list(Span.FromString(out).attributes)) == ("n", [])
