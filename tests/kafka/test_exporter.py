"""The `kafka` exporter and a real broker."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from otelrum.collector.clock import SystemClock
from otelrum.collector.errors import RetryableError
from otelrum.collector.kafka import CLIENT_HEADER, SIGNAL_HEADER
from otelrum.collector.telemetry import Telemetry
from otelrum.exporters.kafka.config import KafkaExporterConfig
from otelrum.exporters.kafka.transport import create
from otelrum.exporters.sending import SendingExporter
from otelrum.otlp.batch import Batch, Client, Signal
from otelrum.testing import Extensions, build
from tests.conftest import span_request
from tests.kafka.broker import Broker, free_port
from tests.kafka.client import read

pytestmark = pytest.mark.anyio


async def started(brokers: str, topic: str, telemetry: Telemetry | None = None, **settings: Any) -> SendingExporter:
    config = KafkaExporterConfig.model_validate(
        {
            "brokers": [brokers],
            "traces": {"topic": topic},
            "partition_by": "session",
            "sending_queue": {"enabled": False},
            "retry_on_failure": {"enabled": False},
            **settings,
        }
    )
    exporter = create(config, build("kafka", SystemClock(), telemetry))
    await exporter.start(Extensions())
    return exporter


@pytest.fixture
async def exporter(broker: Broker, topic: str) -> AsyncIterator[SendingExporter]:
    running = await started(broker.address, topic, include_metadata_keys=["User-Agent"])
    yield running
    await running.shutdown(0)


async def test_a_message_is_the_request_as_it_came_with_its_sender(
    exporter: SendingExporter, broker: Broker, topic: str
) -> None:
    request = span_request(2, session_id="a")
    client = Client("192.0.2.7", {"user-agent": "Firefox", "cookie": "secret"})
    await exporter.consume(Batch(Signal.TRACES, request, client))
    (message,) = read(broker.address, topic, 1)
    assert message.value() == request
    assert message.key() == b"\na"
    assert dict(message.headers() or ()) == {
        SIGNAL_HEADER: b"traces",
        CLIENT_HEADER: b"192.0.2.7",
        "user-agent": b"Firefox",
    }


async def test_all_of_a_session_is_in_one_partition_in_its_order(
    exporter: SendingExporter, broker: Broker, topic: str
) -> None:
    for number in range(30):
        await exporter.consume(Batch(Signal.TRACES, span_request(1, session_id=f"s{number % 5}", number=str(number))))
    places: dict[bytes, set[int]] = {}
    numbers: dict[bytes, list[str]] = {}
    for message in read(broker.address, topic, 30):
        key, span = message.key() or b"", _span(message.value() or b"")
        places.setdefault(key, set()).add(message.partition() or 0)
        numbers.setdefault(key, []).append(span.attributes[1].value.string_value)
    assert all(len(partitions) == 1 for partitions in places.values())
    assert all(own == sorted(own, key=int) for own in numbers.values())


async def test_an_item_that_no_message_holds_is_counted_and_named_and_the_others_arrive(
    broker: Broker, topic: str, caplog: pytest.LogCaptureFixture
) -> None:
    telemetry = Telemetry()
    exporter = await started(broker.address, topic, telemetry, producer={"max_message_bytes": 5000})
    request = ExportTraceServiceRequest.FromString(span_request(3, session_id="a"))
    request.resource_spans[0].scope_spans[0].spans[1].name = "x" * 20_000
    with caplog.at_level(logging.ERROR):
        await exporter.consume(Batch(Signal.TRACES, request.SerializeToString()))
    await exporter.shutdown(0)
    names = [
        span.name
        for message in read(broker.address, topic, 2)
        for group in ExportTraceServiceRequest.FromString(message.value() or b"").resource_spans
        for scope in group.scope_spans
        for span in scope.spans
    ]
    assert names == ["span 0", "span 2"]
    counts = {name: value for (name, _), value in telemetry.snapshot().items() if value}
    assert counts["otelcol_exporter_sent_spans"] == 2
    assert counts["otelcol_exporter_send_failed_spans"] == 1
    assert "too large for Kafka" in caplog.text


async def test_without_brokers_the_sender_hears_that_it_must_come_again() -> None:
    exporter = await started(f"127.0.0.1:{free_port()}", "nowhere", timeout="300ms")
    with pytest.raises(RetryableError):
        await exporter.consume(Batch(Signal.TRACES, span_request(1, session_id="a")))
    await exporter.shutdown(0)


def _span(request: bytes) -> Any:
    return ExportTraceServiceRequest.FromString(request).resource_spans[0].scope_spans[0].spans[0]
