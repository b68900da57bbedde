"""Values go to the wire and back as they are."""

from __future__ import annotations

import math
import tracemalloc

import pytest
from hypothesis import example, given
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from otelrum.otlp.pb.views_pb2 import RecordView
from otelrum.otlp.values import any_value, attribute, attributes, key_value, mapped, python_value
from tests.otlp.messages import pairs, texts, values


@given(values)
def test_a_value_comes_back_with_its_type(value: object) -> None:
    back = python_value(AnyValue.FromString(any_value(value).SerializeToString()))
    assert back == value and type(back) is type(value)


@pytest.mark.parametrize(("value", "expected"), [(2**63, float(2**63)), (10**400, math.inf), (-(10**400), -math.inf)])
def test_an_int_beyond_64_bits_becomes_a_double(value: int, expected: float) -> None:
    assert python_value(any_value(value)) == expected


def test_a_lone_surrogate_does_not_break_the_wire() -> None:
    assert python_value(any_value("a\ud800b")) == "a\ufffdb"
    assert python_value(any_value("\ud83d\ude00")) == "\U0001f600"


def test_of_equal_keys_the_last_counts_in_all_ways_to_read() -> None:
    sent = [key_value("a", 1), key_value("a", 2), key_value("b", "")]
    view = RecordView.FromString(LogRecord(attributes=sent).SerializeToString()).attributes
    assert attributes(sent) == mapped(view) == {"a": 2, "b": ""}


@given(pairs)
def test_a_view_shows_the_attributes_of_the_full_parse(sent: list[KeyValue]) -> None:
    view = RecordView.FromString(LogRecord(attributes=sent).SerializeToString()).attributes
    assert mapped(view) == attributes(sent)


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
