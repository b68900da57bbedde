"""OTLP/JSON as the specification maps it, which is not as protobuf's own mapping does."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from otelrum.otlp.batch import Signal
from otelrum.otlp.errors import MalformedOtlp
from otelrum.otlp.json import MAX_FIELDS, from_json, to_json
from otelrum.otlp.requests import CHUNK_BYTES

TRACE, SPAN = "5B8EFFF798038103D269B633813FC60C", "eee19b7ec3c1b174"


def span_of(**fields: Any) -> Span:
    """What a span with these JSON fields is read as."""
    text = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [fields]}]}]})
    request = ExportTraceServiceRequest.FromString(from_json(Signal.TRACES, text.encode()))
    (span,) = request.resource_spans[0].scope_spans[0].spans
    return span


def refused(**fields: Any) -> bool:
    try:
        span_of(**fields)
    except MalformedOtlp:
        return True
    return False


def written(span: Span) -> dict[str, Any]:
    """The JSON of a span."""
    request = ExportTraceServiceRequest()
    request.resource_spans.add().scope_spans.add().spans.append(span)
    request_json = json.loads(to_json(Signal.TRACES, request.SerializeToString()))
    found: dict[str, Any] = request_json["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
    return found


def test_ids_are_hex_in_any_case_and_not_base64() -> None:
    span = span_of(traceId=TRACE, spanId=SPAN, parentSpanId=SPAN.upper())
    assert (span.trace_id, span.span_id) == (bytes.fromhex(TRACE), bytes.fromhex(SPAN))
    assert span.parent_span_id == span.span_id
    assert written(span) == {"traceId": TRACE.lower(), "spanId": SPAN, "parentSpanId": SPAN}


def test_an_id_of_a_link_is_hex_too() -> None:
    assert span_of(links=[{"traceId": TRACE, "spanId": SPAN}]).links[0].trace_id == bytes.fromhex(TRACE)


@pytest.mark.parametrize("id", ["5b", TRACE[:-1], TRACE + "00", "x" * 32, 5, ["a"]])
def test_an_id_of_another_length_or_of_other_letters_is_refused(id: object) -> None:
    assert refused(traceId=id)


def test_an_empty_id_is_absent() -> None:
    assert span_of(traceId=TRACE, spanId=SPAN, parentSpanId="").parent_span_id == b""


@pytest.mark.parametrize("value", ["1544712660300000000", 1544712660300000000, 1.5447126603e18])
def test_64_bit_numbers_come_as_texts_or_as_numbers(value: object) -> None:
    assert span_of(startTimeUnixNano=value).start_time_unix_nano == 1544712660300000000


@pytest.mark.parametrize("value", ["-1", -1, 1.5, "1.5", "", "0x10", "１", 2**64, True, {}, "1e3"])
def test_what_is_no_whole_number_that_fits_is_refused(value: object) -> None:
    assert refused(startTimeUnixNano=value)


def test_64_bit_numbers_are_written_as_texts_and_enums_as_numbers() -> None:
    span = Span(start_time_unix_nano=2**63, kind=Span.SPAN_KIND_CLIENT, dropped_links_count=3)
    assert written(span) == {"startTimeUnixNano": str(2**63), "kind": 3, "droppedLinksCount": 3}


def test_enums_come_as_numbers_and_from_other_collectors_as_names() -> None:
    assert span_of(kind=3).kind == span_of(kind="SPAN_KIND_CLIENT").kind == Span.SPAN_KIND_CLIENT
    assert refused(kind="SPAN_KIND_NOBODY_KNOWS")


def test_unknown_fields_are_ignored_at_every_depth_and_null_is_absent() -> None:
    text = b"""{"later": {"a": [1]}, "resourceSpans": [{"later": 1, "resource": null, "scopeSpans": [
        {"later": [], "spans": [{"name": "x", "later": null, "kind": null, "status": {"later": 1}}]}]}]}"""
    request = ExportTraceServiceRequest.FromString(from_json(Signal.TRACES, text))
    assert request.resource_spans[0].scope_spans[0].spans[0].name == "x"


def test_names_in_snake_case_are_understood_because_other_collectors_do() -> None:
    assert span_of(trace_id=TRACE, start_time_unix_nano="5").start_time_unix_nano == 5


@pytest.mark.parametrize(
    "value",
    [{"stringValue": "ü€😀"}, {"intValue": "-9223372036854775808"}, {"boolValue": False}, {"doubleValue": 0.5},
     {"bytesValue": "AAEC"}, {"arrayValue": {"values": [{"intValue": "1"}, {"stringValue": ""}]}},
     {"kvlistValue": {"values": [{"key": "k", "value": {"boolValue": True}}]}}, {"doubleValue": "NaN"},
     {"doubleValue": "Infinity"}, {"doubleValue": "-Infinity"}, {}],
    ids=str,
)  # fmt: skip
def test_every_kind_of_value_comes_back_as_it_was(value: dict[str, Any]) -> None:
    span = span_of(attributes=[{"key": "a", "value": value}])
    assert written(span)["attributes"] == [{"key": "a", "value": value}]


@pytest.mark.parametrize(
    ("escaped", "read"),
    [
        (r"Add to cart \ud83d", "Add to cart \ufffd"),
        (r"\ude00\ud83d", "\ufffd\ufffd"),
        (r"\ud83d\ude00", "\U0001f600"),
        (r"\ud83dx", "\ufffdx"),
    ],
)
def test_half_a_surrogate_pair_is_a_replacement_character(escaped: str, read: str) -> None:
    """JSON.stringify writes half an emoji as an escape where a text was cut (SPEC section 11)."""
    text = '{"resourceSpans": [{"scopeSpans": [{"spans": [{"name": "@"}, {"name": "whole"}]}]}]}'.replace("@", escaped)
    request = ExportTraceServiceRequest.FromString(from_json(Signal.TRACES, text.encode()))
    assert [span.name for span in request.resource_spans[0].scope_spans[0].spans] == [read, "whole"]


@pytest.mark.parametrize(
    ("integer", "read"),
    [
        (2**63, 2.0**63),
        (str(2**63), 2.0**63),
        (-(2**63) - 1, -(2.0**63)),
        (1e300, 1e300),
        (10**400, math.inf),
        (f"-{10**400}", -math.inf),
    ],
)
def test_an_integer_that_64_bits_do_not_hold_is_a_double(integer: object, read: float) -> None:
    """Also inside of lists and maps; the rest of the request is as ever (SPEC section 11)."""
    inner = {"kvlistValue": {"values": [{"key": "b", "value": {"intValue": integer}}]}}
    span = span_of(
        startTimeUnixNano="5", attributes=[{"key": "a", "value": {"intValue": integer}}, {"key": "m", "value": inner}]
    )
    plain, nested = span.attributes
    assert (plain.value.double_value, nested.value.kvlist_value.values[0].value.double_value) == (read, read)
    assert span.start_time_unix_nano == 5


def test_an_integer_of_thousands_of_digits_is_infinite() -> None:
    text = (
        '{"resourceSpans": [{"scopeSpans": [{"spans": [{"attributes": [{"key": "a", "value": {"intValue": @}}]}]}]}]}'
    )
    request = ExportTraceServiceRequest.FromString(from_json(Signal.TRACES, text.replace("@", "9" * 5000).encode()))
    assert request.resource_spans[0].scope_spans[0].spans[0].attributes[0].value.double_value == math.inf


@pytest.mark.parametrize(("integer", "read"), [(10**350, math.inf), (-(10**350), -math.inf), (10**300, 1e300)])
def test_a_double_that_is_written_as_a_huge_integer_is_the_double_that_it_means(integer: int, read: float) -> None:
    span = span_of(attributes=[{"key": "a", "value": {"doubleValue": integer}}])
    assert span.attributes[0].value.double_value == read


def test_doubles_come_as_texts_too() -> None:
    value = span_of(attributes=[{"key": "a", "value": {"doubleValue": "NaN"}}]).attributes[0].value
    assert math.isnan(value.double_value)


@pytest.mark.parametrize(
    "text",
    [b"", b"[]", b"null", b"1", b'"x"', b"{", b"\xff", b'{"resourceSpans": {}}', b'{"resourceSpans": [1]}',
     b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"name": 5}]}]}]}',
     b'{"resourceSpans":' + b"[" * 100_000],
)  # fmt: skip
def test_what_is_no_request_is_refused(text: bytes) -> None:
    with pytest.raises(MalformedOtlp):
        from_json(Signal.TRACES, text)


def test_values_nested_deeper_than_backends_read_are_refused_here() -> None:
    value: dict[str, Any] = {"intValue": 1}
    for _ in range(60):
        value = {"arrayValue": {"values": [value]}}
    assert refused(attributes=[{"key": "a", "value": value}])


def test_logs_and_metrics_are_requests_of_their_own() -> None:
    logs = ExportLogsServiceRequest()
    record = logs.resource_logs.add().scope_logs.add().log_records.add(event_name="click", trace_id=bytes(range(16)))
    record.body.string_value = "x"
    metrics = ExportMetricsServiceRequest()
    metric = metrics.resource_metrics.add().scope_metrics.add().metrics.add(name="m")
    metric.histogram.data_points.add(count=2, bucket_counts=[1, 1], explicit_bounds=[0.5])
    for signal, data in ((Signal.LOGS, logs.SerializeToString()), (Signal.METRICS, metrics.SerializeToString())):
        assert from_json(signal, to_json(signal, data).encode()) == data


def test_protobuf_that_is_none_is_reported() -> None:
    with pytest.raises(MalformedOtlp):
        to_json(Signal.TRACES, b"\xff")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(fields=st.dictionaries(st.sampled_from([field.json_name for field in Span.DESCRIPTOR.fields]), json_values))
def test_any_json_is_read_or_refused_and_nothing_else_happens(fields: dict[str, Any]) -> None:
    if not refused(**fields):
        assert written(span_of(**fields)) == written(span_of(**written(span_of(**fields))))


def test_a_large_request_is_the_same_json_as_a_small_one() -> None:
    """It is written piece by piece."""
    request = ExportTraceServiceRequest()
    for n in range(3):
        scope = request.resource_spans.add().scope_spans.add()
        scope.scope.name = f"scope {n}"
        for m in range(40):
            scope.spans.add(name=f"{n} {m} " + "x" * (CHUNK_BYTES // 30))
    data = request.SerializeToString()
    assert len(data) > 3 * CHUNK_BYTES
    again = ExportTraceServiceRequest.FromString(from_json(Signal.TRACES, to_json(Signal.TRACES, data).encode()))
    assert names_of(again) == names_of(request)


def names_of(request: ExportTraceServiceRequest) -> list[tuple[str, str]]:
    scopes = [scope for resource in request.resource_spans for scope in resource.scope_spans]
    return [(scope.scope.name, span.name) for scope in scopes for span in scope.spans]


def test_an_item_of_very_many_fields_is_refused_and_one_of_long_texts_is_not() -> None:
    """As objects each field is a hundred times as large as its two bytes."""
    dense = ExportTraceServiceRequest()
    span = dense.resource_spans.add().scope_spans.add().spans.add(name="n")
    data = dense.SerializeToString() + of_span(b"\x4a\x00" * (MAX_FIELDS + 100_000))
    with pytest.raises(MalformedOtlp, match="fields"):
        to_json(Signal.TRACES, data)
    span.attributes.add(key="text").value.string_value = "J\x00" * (MAX_FIELDS + 100_000)
    assert len(to_json(Signal.TRACES, dense.SerializeToString())) > 2 * MAX_FIELDS


def test_an_item_nested_deeper_than_protobuf_reads_is_refused_and_no_stack_overflows() -> None:
    value = delimited(0x0A, b"x" * (3 * CHUNK_BYTES))
    for _ in range(500):
        value = delimited(0x2A, delimited(0x0A, value))
    with pytest.raises(MalformedOtlp):
        to_json(Signal.TRACES, of_span(delimited(0x4A, delimited(0x12, value))))


def of_span(span: bytes) -> bytes:
    return delimited(0x0A, delimited(0x12, delimited(0x12, span)))


def delimited(tag: int, value: bytes) -> bytes:
    length, size = bytearray(), len(value)
    while size > 0x7F:
        length.append(size & 0x7F | 0x80)
        size >>= 7
    return bytes([tag, *length, size]) + value
