"""Values go to the wire and back as they are."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

from otelrum.otlp.pb.views_pb2 import RecordView
from otelrum.otlp.values import any_value, attributes, key_value, mapped, python_value
from tests.otlp.messages import pairs, values


@given(values)
def test_a_value_comes_back_with_its_type(value: object) -> None:
    back = python_value(AnyValue.FromString(any_value(value).SerializeToString()))
    assert back == value and type(back) is type(value)


@pytest.mark.parametrize(("value", "expected"), [(2**63, float(2**63)), (10**400, math.inf), (-(10**400), -math.inf)])
def test_an_int_beyond_64_bits_becomes_a_double(value: int, expected: float) -> None:
    assert python_value(any_value(value)) == expected


def test_a_lone_surrogate_does_not_break_the_wire() -> None:
    assert python_value(any_value("a\ud800")) == "a?"


def test_of_equal_keys_the_last_counts_in_all_ways_to_read() -> None:
    told = [key_value("a", 1), key_value("a", 2), key_value("b", "")]
    view = RecordView.FromString(LogRecord(attributes=told).SerializeToString()).attributes
    assert attributes(told) == mapped(view) == {"a": 2, "b": ""}


@given(pairs)
def test_a_view_shows_the_attributes_of_the_full_parse(told: list[KeyValue]) -> None:
    view = RecordView.FromString(LogRecord(attributes=told).SerializeToString()).attributes
    assert mapped(view) == attributes(told)
