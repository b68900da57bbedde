"""Which key a message has: all that a session sends goes one way."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from otelrum.exporters.kafka.config import SessionAttributes
from otelrum.exporters.kafka.keys import Keyed, NoKeys, SessionKeys, TraceKeys
from otelrum.otlp.batch import Batch, Client, Signal
from otelrum.otlp.values import key_value

LARGE = 1 << 20
TRACE = bytes(15) + b"\1"


def keyed(batch: Batch, max_bytes: int = LARGE, **settings: object) -> list[Keyed]:
    return list(SessionKeys(SessionAttributes.model_validate(settings)).keyed(batch, max_bytes))


def traces(*sessions: str, service: str = "shop", padding: int = 0, client: Client | None = None) -> Batch:
    """A request with a span of each session; "" has none."""
    out = ExportTraceServiceRequest()
    group = out.resource_spans.add()
    group.resource.attributes.append(key_value("service.name", service))
    scope = group.scope_spans.add()
    for number, session in enumerate(sessions):
        span = scope.spans.add(trace_id=TRACE, span_id=number.to_bytes(8, "big"), name="x" * padding)
        if session:
            span.attributes.append(key_value("session.id", session))
    return Batch(Signal.TRACES, out.SerializeToString(), client or Client())


def spans_of(parts: Iterable[Keyed]) -> list[Span]:
    out = []
    for part in parts:
        for group in ExportTraceServiceRequest.FromString(part.batch.data).resource_spans:
            out += [span for scope in group.scope_spans for span in scope.spans]
    return out


def test_a_request_of_one_session_stays_byte_for_byte_what_it_was() -> None:
    batch = traces("a", "a")
    assert keyed(batch) == [Keyed(b"shop\na", batch)]


def test_a_request_of_several_sessions_is_divided_by_session() -> None:
    parts = keyed(traces("a", "b", "a"))
    assert [part.key for part in parts] == [b"shop\na", b"shop\nb"]
    assert [span.span_id[-1] for span in spans_of(parts)] == [0, 2, 1]


def test_who_sent_a_request_stays_known_of_each_part() -> None:
    client = Client("192.0.2.1", {"user-agent": "x"})
    assert [part.batch.client for part in keyed(traces("a", "b", client=client))] == [client, client]


def test_without_a_session_the_key_is_the_trace() -> None:
    assert [part.key for part in keyed(traces(""))] == [TRACE.hex().encode()]


def test_the_session_of_a_resource_counts_where_a_span_has_none() -> None:
    out = ExportTraceServiceRequest.FromString(traces("", "own").data)
    out.resource_spans[0].resource.attributes.append(key_value("rum.sessionId", "resource's"))
    parts = keyed(Batch(Signal.TRACES, out.SerializeToString()))
    assert [part.key for part in parts] == [b"shop\nresource's", b"shop\nown"]


def test_a_session_id_of_the_wrong_type_counts_as_missing() -> None:
    out = ExportTraceServiceRequest.FromString(traces("").data)
    out.resource_spans[0].scope_spans[0].spans[0].attributes.append(key_value("session.id", 1))
    assert keyed(Batch(Signal.TRACES, out.SerializeToString()))[0].key == TRACE.hex().encode()


def test_services_that_share_pages_share_keys() -> None:
    one, other = (keyed(traces("a", service=name), by_service=False)[0].key for name in ("shop", "checkout"))
    assert one == other


def test_a_record_has_the_key_of_the_spans_of_its_session() -> None:
    out = ExportLogsServiceRequest()
    group = out.resource_logs.add()
    group.resource.attributes.append(key_value("service.name", "shop"))
    group.scope_logs.add().log_records.add().attributes.append(key_value("session.id", "a"))
    (record,) = keyed(Batch(Signal.LOGS, out.SerializeToString()))
    assert record.key == keyed(traces("a"))[0].key


def test_metrics_have_no_key() -> None:
    batch = Batch(Signal.METRICS, b"")
    assert [part.key for part in keyed(batch)] in ([], [b""])


def test_a_request_that_is_larger_than_a_message_is_divided_by_item() -> None:
    batch = traces(*["a"] * 10, padding=1000)
    parts = keyed(batch, max_bytes=3000)
    assert {part.key for part in parts} == {b"shop\na"}
    assert all(len(part.batch.data) <= 3500 for part in parts)
    assert [span.span_id for span in spans_of(parts)] == [span.span_id for span in spans_of([Keyed(b"", batch)])]


def test_an_item_that_is_larger_than_a_message_is_alone_in_it() -> None:
    out = ExportTraceServiceRequest.FromString(traces("a", "a", "a").data)
    out.resource_spans[0].scope_spans[0].spans[1].name = "x" * 5000
    parts = keyed(Batch(Signal.TRACES, out.SerializeToString()), max_bytes=2000)
    assert [part.batch.items for part in parts if len(part.batch.data) > 2000] == [1]


def test_by_trace_a_request_is_divided_by_trace_id() -> None:
    out = ExportTraceServiceRequest.FromString(traces("a", "a").data)
    out.resource_spans[0].scope_spans[0].spans[1].trace_id = bytes(16)
    parts = list(TraceKeys().keyed(Batch(Signal.TRACES, out.SerializeToString()), LARGE))
    assert [part.key for part in parts] == [TRACE.hex().encode(), bytes(16).hex().encode()]


def test_without_a_partitioner_messages_have_no_key() -> None:
    batch = traces("a", "b")
    assert list(NoKeys().keyed(batch, LARGE)) == [Keyed(b"", batch)]


@given(st.lists(st.sampled_from(["", "a", "b", "c"]), min_size=1, max_size=20), st.integers(200, 5000))
def test_every_item_is_in_one_message_of_its_session(sessions: list[str], max_bytes: int) -> None:
    batch = traces(*sessions, padding=50)
    parts = keyed(batch, max_bytes)
    found = sorted(spans_of(parts), key=lambda span: span.span_id)
    assert found == spans_of([Keyed(b"", batch)])
    for part in parts:
        assert {_session(span) for span in spans_of([part])} == {part.key.decode().removeprefix("shop\n")}


def _session(span: Span) -> str:
    return span.attributes[0].value.string_value if span.attributes else TRACE.hex()
