"""Sends the metrics over OTLP, each time one moment of all of them."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Mapping
from urllib.parse import urlsplit

from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    Gauge,
    Metric,
    MetricExporter,
    MetricExportResult,
    MetricsData,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from otelrum.collector.clock import Clock
from otelrum.collector.component import Host
from otelrum.collector.config.service import OtlpPushConfig, PeriodicReader
from otelrum.collector.metric_names import METRICS, MetricKind
from otelrum.collector.telemetry import Telemetry

# A backend that is away must not hold up the end: often it is this very collector.
LAST_PUSH_S = 2.0

log = logging.getLogger(__name__)


class OtlpPush:
    """Its own task beside the pipelines; a backend that is away costs a warning."""

    def __init__(self, config: PeriodicReader, telemetry: Telemetry, clock: Clock, resource: Mapping[str, str]) -> None:
        """Raises ImportError when the library for the protocol is not installed."""
        self._config = config
        self._telemetry = telemetry
        self._clock = clock
        self._resource = Resource.create(dict(resource))
        self._started_ns = clock.wall_ns()
        self._exporter = _exporter(config.exporter.otlp)
        self._url = metrics_url(config.exporter.otlp)
        self._task: asyncio.Task[None] | None = None

    async def start(self, host: Host) -> None:
        self._task = asyncio.create_task(self._push_again_and_again())

    async def shutdown(self, deadline_ns: int) -> None:
        """The last figures say what became of the held items."""
        task, self._task = self._task, None
        if task is None:
            return
        task.cancel()
        left_s = (deadline_ns - self._clock.now_ns()) / 1e9
        last = asyncio.create_task(self._push())
        await asyncio.wait([last], timeout=max(0.0, min(left_s, LAST_PUSH_S)))
        await asyncio.to_thread(self._exporter.shutdown)  # ends the exporter's own retries
        await last

    async def _push_again_and_again(self) -> None:
        while True:
            await self._clock.sleep(self._config.interval / 1000)
            await self._push()

    async def _push(self) -> None:
        result = await asyncio.to_thread(self._exporter.export, self._data(), self._config.timeout)
        if result is not MetricExportResult.SUCCESS:
            log.warning("the metrics could not be sent to %s", self._url)

    def _data(self) -> MetricsData:
        now_ns = self._clock.wall_ns()
        points: dict[str, list[NumberDataPoint]] = defaultdict(list)
        for (name, labels), value in self._telemetry.snapshot().items():
            points[name].append(NumberDataPoint(dict(labels), self._started_ns, now_ns, value))
        metrics = [
            Metric(row.name, row.description, row.unit, _data_of(row.kind, points[row.name]))
            for row in METRICS
            if row.name in points
        ]
        scope = ScopeMetrics(InstrumentationScope("otelrum"), metrics, "")
        return MetricsData([ResourceMetrics(self._resource, [scope], "")])


def _data_of(kind: MetricKind, points: list[NumberDataPoint]) -> Sum | Gauge:
    if kind is MetricKind.COUNTER:
        return Sum(points, AggregationTemporality.CUMULATIVE, is_monotonic=True)
    return Gauge(points)


def _exporter(config: OtlpPushConfig) -> MetricExporter:
    headers = {name: secret.get_secret_value() for name, secret in config.headers.items()}
    if config.protocol == "grpc":
        from opentelemetry.exporter.otlp.proto.grpc import metric_exporter as grpc

        return grpc.OTLPMetricExporter(endpoint=config.endpoint, insecure=config.insecure, headers=headers)
    from opentelemetry.exporter.otlp.proto.http import metric_exporter as http

    return http.OTLPMetricExporter(endpoint=metrics_url(config), headers=headers)


def metrics_url(config: OtlpPushConfig) -> str:
    """Where metrics go over HTTP: an endpoint without a path is the base of `/v1/metrics`."""
    endpoint = config.endpoint
    if "://" not in endpoint:
        endpoint = f"{'http' if config.insecure else 'https'}://{endpoint}"
    base = endpoint.rstrip("/")
    return endpoint if urlsplit(base).path else f"{base}/v1/metrics"
