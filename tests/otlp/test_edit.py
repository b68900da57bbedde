"""Attributes are added by appending bytes, and nothing else changes (SPEC section 6)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from otelrum.otlp.batch import Signal
from otelrum.otlp.edit import Addition
from otelrum.otlp.values import attributes
from tests.otlp.messages import UNKNOWN, keys, spans, texts, values

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
