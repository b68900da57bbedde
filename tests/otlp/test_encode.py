"""What is written by hand is read as what the protobuf package writes."""

from __future__ import annotations

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
