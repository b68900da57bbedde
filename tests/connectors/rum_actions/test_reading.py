"""Which items are actions, and that the search for bytes finds what a full parse finds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue

from otelrum.connectors.rum_actions.reading import ActionReader, FinishedAction
from otelrum.otlp.batch import Batch, Signal
from otelrum.otlp.values import attributes
from tests.connectors.rum_actions.made import facts, id_of, records, spans

KEYS = ("action.id", "action.type", "action.name", "action.loading_time", "action.frustration.type", "x", "dim")
VALUES = st.one_of(
    st.sampled_from([id_of(1), id_of(2), "click", "action.type", "", "no id", "0" * 32]).map(
        lambda text: AnyValue(string_value=text)
    ),
    st.integers(-5, 10**12).map(lambda n: AnyValue(int_value=n)),
    st.booleans().map(lambda b: AnyValue(bool_value=b)),
    st.just(AnyValue(array_value=ArrayValue(values=[AnyValue(string_value="rage_click"), AnyValue(int_value=1)]))),
    st.just(AnyValue()),
)
PAIRS = st.builds(lambda key, value: KeyValue(key=key, value=value), st.sampled_from(KEYS), VALUES)


def read(action: FinishedAction) -> tuple[object, ...]:
    return (action.id, action.name, action.type, action.loading_ns, action.errors, tuple(action.frustrations),
            action.start_ns, action.trace_id, action.span_id, action.attributes.get("dim"))  # fmt: skip


def is_id(value: object) -> bool:
    try:
        return isinstance(value, str) and len(bytes.fromhex(value.replace("-", ""))) == 16
    except ValueError:
        return False


def found(batch: Batch) -> list[tuple[object, ...]]:
    return [read(action) for action in ActionReader(["dim"]).actions(batch)]


def expected(own: dict[str, object], start_ns: int, trace_id: bytes, span_id: bytes) -> tuple[object, ...] | None:
    """By a full parse, rule by rule."""
    if not is_id(own.get("action.id")) or not isinstance(own.get("action.type"), str):
        return None
    name, loading_ns, kinds = own.get("action.name"), own.get("action.loading_time"), own.get("action.frustration.type")
    is_time = isinstance(loading_ns, int) and not isinstance(loading_ns, bool) and loading_ns >= 0
    return (
        bytes.fromhex(str(own["action.id"]).replace("-", "")),
        name if isinstance(name, str) else "",
        own["action.type"],
        loading_ns if is_time else -1,
        0,
        ("rage_click",) if isinstance(kinds, list) and "rage_click" in kinds else (),
        start_ns,
        trace_id,
        span_id,
        own.get("dim"),
    )


@given(st.lists(st.lists(PAIRS, max_size=6), max_size=4))
def test_spans_are_found_as_by_a_full_parse(items: list[list[KeyValue]]) -> None:
    request = ExportTraceServiceRequest()
    scope = request.resource_spans.add().scope_spans.add()
    for n, pairs in enumerate(items):
        scope.spans.add(start_time_unix_nano=n, trace_id=b"t" * 16, span_id=b"s" * 8, attributes=pairs)
    by_parse = [expected(attributes(span.attributes), span.start_time_unix_nano, span.trace_id, span.span_id)
                for span in scope.spans]  # fmt: skip
    assert found(Batch(Signal.TRACES, request.SerializeToString())) == [one for one in by_parse if one]


@given(st.lists(st.lists(PAIRS, max_size=6), max_size=4))
def test_records_are_found_as_by_a_full_parse(items: list[list[KeyValue]]) -> None:
    request = ExportLogsServiceRequest()
    scope = request.resource_logs.add().scope_logs.add()
    for n, pairs in enumerate(items):
        scope.log_records.add(time_unix_nano=n + 1, trace_id=b"t" * 16, span_id=b"s" * 8, attributes=pairs)
    by_parse = [expected(attributes(record.attributes), record.time_unix_nano, record.trace_id, record.span_id)
                for record in scope.log_records]  # fmt: skip
    assert found(Batch(Signal.LOGS, request.SerializeToString())) == [one for one in by_parse if one]


def test_only_a_span_that_rum_action_has_decided_is_an_action() -> None:
    batch = spans(facts(1), {"action.id": id_of(1)}, {"action.type": "custom"}, {**facts(2), "action.id": "no uuid"})
    assert [action.id.hex() for action in ActionReader([]).actions(batch)] == [id_of(1).replace("-", "")]


def test_what_a_connector_reported_before_is_no_action() -> None:
    own = spans(facts(1))
    own.data = own.data.replace(b"\1" * 8 + b"\x2a", (1).to_bytes(8) + b"\x2a")
    assert not found(own)
    event = records(facts(1))
    assert not found(Batch(Signal.LOGS, event.data.replace(b"b\x19browser.user_action.click", b"b\x0arum.action")))


def test_a_page_that_sends_frustrations_of_its_own_adds_no_kinds() -> None:
    sent = ["boredom", "rage_click", "rage_click"]
    (action,) = ActionReader([]).actions(spans(facts(1, action_frustration_type=sent)))
    assert action.frustrations == ["rage_click"]


@given(st.binary(max_size=60))
def test_bytes_that_are_no_request_have_no_actions(noise: bytes) -> None:
    for signal in (Signal.TRACES, Signal.LOGS):
        found(Batch(signal, noise + b"action.type", items=0))
        found(Batch(signal, spans(facts(1)).data.replace(b"Click on Pay", b"\xff\xfe345678901"), items=0))
