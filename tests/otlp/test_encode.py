"""What is written by hand is read as what the protobuf package writes."""

from __future__ import annotations

import tracemalloc

from hypothesis import example, given
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from otelrum.otlp.encode import attribute
from otelrum.otlp.values import key_value
from tests.otlp.messages import texts, values


@given(texts, values)
@example("a", "x" * 300)
@example("a", "a\ud800")
@example("\ud800", True)
@example("a", 2**63)
@example("a", -1)
def test_an_attribute_is_the_same_attribute(key: str, value: object) -> None:
    item = Span(name="n").SerializeToString() + attribute(b"\x4a", key, value)
    assert list(Span.FromString(item).attributes) == [key_value(key, value)]


def test_keys_of_any_length_are_written_and_only_short_ones_remembered() -> None:
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for number in range(300):
        key = f"context.{number}." + "x" * 10_000
        assert Span.FromString(attribute(b"\x4a", key, "value")).attributes[0].key == key
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert after - before < 500_000
