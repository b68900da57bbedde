"""Requests with actions as `rum_action` sends them on, and what a connector made of them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from otelrum.otlp.batch import Batch, Signal
from otelrum.otlp.values import attributes, key_value

T0_NS = 1_767_225_600_000_000_000
MS = 1_000_000


def id_of(n: int) -> str:
    return str(uuid.UUID(int=n << 64 | 0xA))


def facts(n: int, **more: object) -> dict[str, object]:
    """What stands on an action's span; `_` in a name stands for a dot."""
    own = {key.replace("_", ".").replace("loading.time", "loading_time"): value for key, value in more.items()}
    return {"action.id": id_of(n), "action.type": "click", "action.name": "Click on Pay", **own}


def spans(*actions: Mapping[str, object], service: str = "shop", resource: Mapping[str, object] | None = None) -> Batch:
    """A span for each of these sets of attributes."""
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add()
    for key, value in {"service.name": service, **(resource or {})}.items():
        group.resource.attributes.append(key_value(key, value))
    scope = group.scope_spans.add()
    for n, own in enumerate(actions):
        span = scope.spans.add(name="click", trace_id=bytes([n + 1]) * 16, span_id=bytes([n + 1]) * 8)
        span.start_time_unix_nano, span.end_time_unix_nano = T0_NS + n * MS, T0_NS + n * MS + 2 * MS
        span.attributes.extend(key_value(key, value) for key, value in own.items())
    return Batch(Signal.TRACES, request.SerializeToString())


def records(*actions: Mapping[str, object], **fields: Any) -> Batch:
    """A log record for each of these sets of attributes."""
    request = ExportLogsServiceRequest()
    group = request.resource_logs.add()
    group.resource.attributes.append(key_value("service.name", "shop"))
    scope = group.scope_logs.add()
    for own in actions:
        record = scope.log_records.add(time_unix_nano=T0_NS, event_name="browser.user_action.click", **fields)
        record.attributes.extend(key_value(key, value) for key, value in own.items())
    return Batch(Signal.LOGS, request.SerializeToString())


def spans_of(batches: Iterable[Batch]) -> list[Span]:
    requests = (ExportTraceServiceRequest.FromString(batch.data) for batch in batches)
    return [s for request in requests for group in request.resource_spans for scope in group.scope_spans
            for s in scope.spans]  # fmt: skip


def records_of(batches: Iterable[Batch]) -> list[LogRecord]:
    requests = (ExportLogsServiceRequest.FromString(batch.data) for batch in batches)
    return [r for request in requests for group in request.resource_logs for scope in group.scope_logs
            for r in scope.log_records]  # fmt: skip


def metrics_of(batches: Iterable[Batch]) -> list[Metric]:
    requests = (ExportMetricsServiceRequest.FromString(batch.data) for batch in batches)
    return [m for request in requests for group in request.resource_metrics for scope in group.scope_metrics
            for m in scope.metrics]  # fmt: skip


def points_of(metric: Metric) -> list[Any]:
    return list(getattr(metric, str(metric.WhichOneof("data"))).data_points)


def counts(batches: Iterable[Batch], name: str, *keys: str) -> dict[tuple[object, ...], int]:
    """The values of a counter by these attributes."""
    found: dict[tuple[object, ...], int] = {}
    for metric in metrics_of(batches):
        if metric.name == name:
            for point in points_of(metric):
                own = attributes(point.attributes)
                found[tuple(own.get(key) for key in keys)] = point.as_int
    return found
