"""Metrics that are sent, to a real OTLP server: this program's own receiver."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import AGGREGATION_TEMPORALITY_CUMULATIVE, Metric

from otelrum.collector.config.service import OtlpPushConfig, PeriodicReader
from otelrum.collector.otlp_push import OtlpPush, metrics_url
from otelrum.collector.telemetry import Telemetry
from otelrum.otlp.batch import Batch
from otelrum.testing import Extensions, ManualClock
from tests.conftest import Listen

pytestmark = pytest.mark.anyio

SECOND_NS = 10**9


class Arrivals:
    """A consumer that gives what came to whoever waits for it."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Batch] = asyncio.Queue()

    async def consume(self, batch: Batch) -> None:
        self._queue.put_nowait(batch)

    async def next(self) -> ExportMetricsServiceRequest:
        async with asyncio.timeout(30):
            return ExportMetricsServiceRequest.FromString((await self._queue.get()).data)


def push(clock: ManualClock, **otlp: Any) -> OtlpPush:
    telemetry = Telemetry()
    telemetry.counter("otelcol_exporter_sent_spans", exporter="a").add(7)
    telemetry.observe("otelcol_exporter_queue_size", lambda: 3, exporter="a", data_type="traces")
    reader = PeriodicReader.model_validate({"interval": 10_000, "exporter": {"otlp": otlp}})
    return OtlpPush(reader, telemetry, clock, {"deployment": "test"})


def metrics_of(request: ExportMetricsServiceRequest) -> dict[str, Metric]:
    return {metric.name: metric for metric in request.resource_metrics[0].scope_metrics[0].metrics}


@pytest.mark.parametrize("protocol", ["grpc", "http/protobuf"])
async def test_all_metrics_are_sent_at_each_interval_and_once_more_at_the_end(listen: Listen, protocol: str) -> None:
    arrivals, clock = Arrivals(), ManualClock()
    ports = (await listen(consumer=arrivals)).ports
    grpc, http = f"http://127.0.0.1:{ports['grpc']}", f"http://127.0.0.1:{ports['http']}"
    sender = push(clock, protocol=protocol, endpoint=grpc if protocol == "grpc" else http, insecure=True)
    await sender.start(Extensions())
    await clock.advance(10)
    first = metrics_of(await arrivals.next())
    await sender.shutdown(clock.now_ns() + SECOND_NS)
    last = metrics_of(await arrivals.next())
    for sent in (first, last):
        counter, gauge = sent["otelcol_exporter_sent_spans"], sent["otelcol_exporter_queue_size"]
        assert counter.sum.is_monotonic
        assert counter.sum.aggregation_temporality == AGGREGATION_TEMPORALITY_CUMULATIVE
        assert counter.sum.data_points[0].as_double == 7
        assert gauge.gauge.data_points[0].as_double == 3
        assert {pair.key: pair.value.string_value for pair in gauge.gauge.data_points[0].attributes}["exporter"] == "a"


async def test_the_resource_is_the_one_of_the_configuration(listen: Listen) -> None:
    arrivals, clock = Arrivals(), ManualClock()
    ports = (await listen(consumer=arrivals)).ports
    sender = push(clock, endpoint=f"http://127.0.0.1:{ports['http']}/v1/metrics")
    await sender.start(Extensions())
    await sender.shutdown(clock.now_ns() + SECOND_NS)
    resource = (await arrivals.next()).resource_metrics[0].resource
    assert {each.key: each.value.string_value for each in resource.attributes}["deployment"] == "test"


async def test_a_backend_that_is_away_costs_a_warning_and_not_the_end(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = ManualClock()
    sender = push(clock, endpoint="http://127.0.0.1:1/v1/metrics")
    await sender.start(Extensions())
    await sender.shutdown(clock.now_ns())
    assert "the metrics could not be sent to http://127.0.0.1:1/v1/metrics" in caplog.messages


@pytest.mark.parametrize(
    ("endpoint", "insecure", "url"),
    [
        ("http://a:4318", False, "http://a:4318/v1/metrics"),
        ("https://a.example/", False, "https://a.example/v1/metrics"),
        ("http://a:4318/v1/metrics", False, "http://a:4318/v1/metrics"),
        ("http://a:4318/otlp/metrics", False, "http://a:4318/otlp/metrics"),
        ("a:4318", True, "http://a:4318/v1/metrics"),
        ("a:4318", False, "https://a:4318/v1/metrics"),
    ],
)
def test_a_base_address_gets_the_path_of_metrics(endpoint: str, insecure: bool, url: str) -> None:
    assert metrics_url(OtlpPushConfig(endpoint=endpoint, insecure=insecure)) == url


async def test_it_may_be_stopped_without_start_and_twice() -> None:
    sender = push(ManualClock(), endpoint="http://127.0.0.1:1")
    await sender.shutdown(0)
    await sender.start(Extensions())
    await sender.shutdown(0)
    await sender.shutdown(0)
