"""A span read from its bytes says what the full message says."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from otelrum.otlp.spans import KeyFilter, read_span
from otelrum.otlp.values import attributes, delimited, key_value
from tests.otlp.messages import UNKNOWN, keys, spans, values

KEYS = ("action.id", "view.id", "a", "é" * 40)
FILTER = KeyFilter(KEYS)
KEY_INDEX = b"\x18\x04"
"""Of KeyValue: only profiles use it."""
GROUP = b"\xfb\x3e\x2a\x01g\xfc\x3e"


def walked(item: bytes) -> tuple[object, ...]:
    found = read_span(item, FILTER)
    return (found.trace_id, found.span_id, found.parent_span_id, found.name, found.kind, found.start_ns,
            found.end_ns, found.has_events, found.attributes)  # fmt: skip


def full(item: bytes) -> tuple[object, ...]:
    span = Span.FromString(item)
    own = {key: value for key, value in attributes(span.attributes).items() if key in KEYS}
    return (span.trace_id, span.span_id, span.parent_span_id, span.name, span.kind & 0xFFFFFFFF,
            span.start_time_unix_nano, span.end_time_unix_nano, bool(span.events), own)  # fmt: skip


@given(spans())
def test_what_encoders_write_is_read_as_the_full_message_reads_it(item: bytes) -> None:
    assert walked(item) == full(item)


def pair(*parts: bytes) -> bytes:
    return delimited(b"\x4a", b"".join(parts))


key_fields = keys.map(lambda key: delimited(b"\x0a", key.encode()))
value_fields = values.map(lambda value: delimited(b"\x12", key_value("", value).value.SerializeToString()))
selected_keys = st.sampled_from(KEYS).map(lambda key: delimited(b"\x0a", key.encode()))
texts_in_two_parts = st.just(delimited(b"\x12", AnyValue(string_value="x").SerializeToString() * 2))
odd_pairs = st.lists(
    st.one_of(
        key_fields, selected_keys, value_fields, texts_in_two_parts, st.sampled_from([UNKNOWN, GROUP, KEY_INDEX])
    ),
    max_size=4,
).map(lambda parts: pair(*parts))
odd_fields = st.sampled_from(
    [
        b"\x0a\x02tt", b"\x0a\x82\x00tt", b"\x8a\x00\x01t", b"\x08\x01", b"\x12\x01s", b"\x22\x01\x00", b"\x2a\x01n",
        b"\x2a\x00", b"\x30\x03", b"\x30\x83\x80\x00", b"\x30" + b"\xff" * 9 + b"\x01", b"\x32\x01k",
        b"\x39" + b"\1" * 8, b"\x39" + b"\xff" * 8, b"\x38\x05", b"\x41" + b"\2" * 8, b"\x48\x01",
        b"\x5a\x00", b"\x85\x01\1\1\1\1", UNKNOWN, GROUP,
    ]
)  # fmt: skip


@given(st.lists(st.one_of(odd_pairs, odd_fields), max_size=8).map(b"".join))
@example(pair(b"\x12\x03\x0a\x01x", b"\x0a\x01a"))
@example(pair(b"\x0a\x01a", b"\x0a\x07view.id", b"\x12\x03\x0a\x01x"))
def test_whatever_else_is_a_span_is_read_as_the_full_message_reads_it(item: bytes) -> None:
    assert walked(item) == full(item)


def test_of_equal_keys_the_last_counts() -> None:
    item = Span(attributes=[KeyValue(key="a"), key_value("a", "x"), key_value("a", 2)]).SerializeToString()
    assert read_span(item, FILTER).attributes == {"a": 2}
