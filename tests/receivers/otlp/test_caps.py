"""Caps on hostile browsers: what is over one is left out and reported, the rest travels as it came."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import grpc.aio
import httpx
import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from otelrum.collector.telemetry import Telemetry
from otelrum.otlp.batch import Batch, Request, ResourceGroup, ScopeGroup, Signal
from otelrum.otlp.json import to_json
from otelrum.receivers.otlp.caps import MAX_CLIENTS, MAX_READ_BYTES, Caps, SessionCap
from otelrum.receivers.otlp.config import CapsConfig
from otelrum.receivers.otlp.grpc import SERVICES
from otelrum.testing import ManualClock, RecordingConsumer
from tests.conftest import Listen, span_request

pytestmark = pytest.mark.anyio

Spans = Callable[..., bytes]

TRACES = f"/{SERVICES[Signal.TRACES]}/Export"


def caps(**settings: Any) -> Caps:
    return Caps(CapsConfig.model_validate(settings), ManualClock())


def merged(*requests: bytes) -> Batch:
    """Concatenated requests are one request."""
    return Batch(Signal.TRACES, b"".join(requests))


def kept_spans(batch: Batch) -> list[bytes]:
    request = ExportTraceServiceRequest.FromString(batch.data)
    groups = (scope for resource in request.resource_spans for scope in resource.scope_spans)
    return [span.SerializeToString() for scope in groups for span in scope.spans]


async def test_without_caps_nothing_is_looked_into() -> None:
    assert not caps().active


async def test_a_span_with_too_many_attributes_is_left_out_and_the_others_stay_byte_for_byte() -> None:
    good, bad = span_request(2, a="1", b="2"), span_request(1, a="1", b="2", c="3")
    batch, rejected = caps(attributes=2).kept(merged(good, bad, good), "sender")
    assert rejected == 1
    assert kept_spans(batch) == kept_spans(merged(good, good))


async def test_a_value_is_measured_in_bytes_of_utf_8() -> None:
    batch, rejected = caps(value_bytes=4).kept(merged(span_request(a="éé"), span_request(a="ééx")), "sender")
    assert rejected == 1
    assert kept_spans(batch) == kept_spans(merged(span_request(a="éé")))


async def test_a_value_that_is_no_text_is_measured_as_a_whole() -> None:
    request = ExportTraceServiceRequest()
    span = request.resource_spans.add().scope_spans.add().spans.add(name="list")
    values = span.attributes.add(key="a").value.array_value.values
    for _ in range(1000):
        values.add().int_value = 1
    assert caps(value_bytes=100).kept(merged(request.SerializeToString()), "sender")[1] == 1


async def test_what_is_too_large_to_look_into_is_left_out_unread() -> None:
    """As an object it would be fifty times as large."""
    large = request_of(b"\x4a\x00" * (MAX_READ_BYTES // 2))
    below_a_large_resource = request_of(b"", b"\x0a\x00" * (MAX_READ_BYTES // 2 + 1))
    batch, rejected = caps(value_bytes=9).kept(merged(large, span_request(2), below_a_large_resource), "sender")
    assert rejected == 2
    assert kept_spans(batch) == kept_spans(merged(span_request(2)))


def request_of(span: bytes, resource: bytes = b"") -> bytes:
    group = ResourceGroup(resource=[resource], scopes=[ScopeGroup(items=[span + b"\x2a\x01n"])])
    return Request(resources=[group]).SerializeToString()


async def test_nothing_over_the_caps_is_the_same_batch() -> None:
    batch = merged(span_request(3, a="1"))
    assert caps(attributes=5, value_bytes=100, sessions_per_client=2).kept(batch, "sender") == (batch, 0)


async def test_log_records_have_the_same_caps() -> None:
    request = ExportLogsServiceRequest()
    record = request.resource_logs.add().scope_logs.add().log_records.add()
    record.attributes.add(key="a").value.string_value = "x" * 10
    batch = Batch(Signal.LOGS, request.SerializeToString())
    assert caps(value_bytes=9).kept(batch, "sender")[1] == 1


async def test_metrics_have_no_sessions_and_pass() -> None:
    batch = Batch(Signal.METRICS, span_request())
    assert caps(attributes=1).kept(batch, "sender") == (batch, 0)


async def test_a_sender_may_have_so_many_sessions_and_goes_on_with_those_it_has() -> None:
    door = caps(sessions_per_client=2)

    def rejected(session: str, sender: str = "a") -> int:
        return door.kept(merged(span_request(1, session_id=session)), sender)[1]

    assert [rejected("one"), rejected("two"), rejected("three"), rejected("one")] == [0, 0, 1, 0]
    assert rejected("three", "b") == 0


async def test_a_session_is_found_on_the_resource_too() -> None:
    door = caps(sessions_per_client=1)
    request = ExportTraceServiceRequest.FromString(span_request())
    request.resource_spans[0].resource.attributes.add(key="session.id").value.string_value = "one"
    assert door.kept(merged(request.SerializeToString()), "a")[1] == 0
    assert door.kept(merged(span_request(1, session_id="two")), "a")[1] == 1


async def test_what_has_no_session_is_not_counted_as_one() -> None:
    door = caps(sessions_per_client=1)
    assert [door.kept(merged(span_request()), "a")[1] for _ in range(3)] == [0, 0, 0]


async def test_a_session_that_was_silent_for_the_window_makes_room() -> None:
    clock = ManualClock()
    cap = SessionCap(CapsConfig.model_validate({"sessions_per_client": 1, "session_window": "15m"}), clock)
    assert cap.admits("a", "one")
    await clock.advance(600)
    assert cap.admits("a", "one"), "seen again"
    await clock.advance(600)
    assert not cap.admits("a", "two")
    await clock.advance(901)
    assert cap.admits("a", "two")


async def test_what_is_remembered_of_senders_is_bounded() -> None:
    cap = SessionCap(CapsConfig(sessions_per_client=1), ManualClock())
    assert cap.admits("first", "one")
    for n in range(MAX_CLIENTS):
        cap.admits(str(n), "one")
    assert cap.admits("first", "two"), "forgotten"
    assert not cap.admits(str(MAX_CLIENTS - 1), "two"), "remembered"


async def test_http_says_what_was_left_out_as_partial_success_and_counts_it_as_refused(
    listen: Listen, sink: RecordingConsumer
) -> None:
    telemetry = Telemetry()
    receiver = await listen(settings={"caps": {"attributes": 1}}, telemetry=telemetry)
    body = span_request(2) + span_request(1, a="1", b="2")
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{receiver.ports['http']}", trust_env=False) as client:
        answer = await client.post("/v1/traces", content=body, headers={"content-type": "application/x-protobuf"})
        as_json = await client.post(
            "/v1/traces",
            content=to_json(Signal.TRACES, body).encode(),
            headers={"content-type": "application/json"},
        )
    partial = ExportTraceServiceResponse.FromString(answer.content).partial_success
    assert (answer.status_code, partial.rejected_spans) == (200, 1)
    assert "caps" in partial.error_message
    assert as_json.json()["partialSuccess"]["rejectedSpans"] == "1"
    assert sink.items == 4
    counted = telemetry.snapshot()
    labels = (("receiver", "otlp"), ("transport", "http"))
    assert counted["otelcol_receiver_refused_spans", labels] == 2
    assert counted["otelcol_receiver_accepted_spans", labels] == 4


async def test_grpc_says_it_too_also_when_nothing_is_left(listen: Listen, sink: RecordingConsumer) -> None:
    port = (await listen(settings={"caps": {"attributes": 1}})).ports["grpc"]
    request = ExportLogsServiceRequest()
    record = request.resource_logs.add().scope_logs.add().log_records.add()
    for key in "ab":
        record.attributes.add(key=key)
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        export: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(f"/{SERVICES[Signal.LOGS]}/Export")
        answer = await export(request.SerializeToString())
    assert ExportLogsServiceResponse.FromString(answer).partial_success.rejected_log_records == 1
    assert sink.batches == []
