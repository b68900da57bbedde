"""Attributes are cut out, and every other byte stays in its order (SPEC section 6)."""

from __future__ import annotations

from hypothesis import given
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from otelrum.otlp.cut import cut
from tests.otlp.messages import UNKNOWN, spans

KEYS = frozenset({"client.address", "target.text"})


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


def attribute(key: bytes, tag: bytes = b"\x4a") -> bytes:
    pair = b"\x0a" + bytes([len(key)]) + key
    return tag + bytes([len(pair)]) + pair


def test_bytes_around_stay_in_their_order() -> None:
    head, tail = b"\x2a\x01n" + UNKNOWN, attribute(b"view.id") + b"\x39" + b"\1" * 8 + UNKNOWN
    assert cut(head + attribute(b"target.text") + tail, Span, KEYS) == head + tail


def test_lengths_that_are_longer_than_needed_are_understood() -> None:
    pair = b"\x0a\x0btarget.text"
    long_length = b"\x4a" + bytes([len(pair) | 0x80, 0]) + pair
    out = cut(b"\x2a\x01n" + long_length + attribute(b"view.id"), Span, KEYS)
    assert [pair.key for pair in Span.FromString(out).attributes] == ["view.id"]
    assert Span.FromString(out).name == "n"
