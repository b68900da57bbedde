"""Which items the actions are done to: include and exclude."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from otelrum.otlp.batch import Batch, Signal
from otelrum.otlp.values import attributes, key_value
from tests.processors.attributes.configured import configured, items_of

pytestmark = pytest.mark.anyio


SHOP = {"service.name": "shop", "cloud.region": "eu"}


ADD = {"key": "new", "action": "insert", "value": "x"}


def marked(**match: Any) -> dict[str, Any]:
    return {"match_type": "strict", **match}


@pytest.mark.parametrize(
    ("match", "fits"),
    [
        (marked(services=["shop", "bank"]), True),
        (marked(services=["sho"]), False),
        (marked(match_type="regexp", services=["^sh"]), True),
        (marked(span_names=["pay"]), True),
        (marked(span_names=["pay"], services=["bank"]), False),
        (marked(span_kinds=["Client"]), True),
        (marked(span_kinds=["Server"]), False),
        (marked(libraries=[{"name": "page"}]), True),
        (marked(libraries=[{"name": "page", "version": "2"}]), False),
        (marked(attributes=[{"key": "count", "value": 7}]), True),
        (marked(attributes=[{"key": "count", "value": "7"}]), False),
        (marked(match_type="regexp", attributes=[{"key": "count", "value": "^7$"}]), True),
        (marked(attributes=[{"key": "count"}, {"key": "none"}]), False),
        (marked(resources=[{"key": "cloud.region", "value": "eu"}]), True),
        (marked(resources=[{"key": "cloud.region", "value": "us"}]), False),
    ],
)
async def test_the_actions_are_done_to_what_is_included_and_not_excluded(match: dict[str, Any], fits: bool) -> None:
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add()
    group.resource.attributes.extend(key_value(key, value) for key, value in SHOP.items())
    scope = group.scope_spans.add()
    scope.scope.name, scope.scope.version = "page", "1"
    scope.spans.add(name="pay", kind=Span.SPAN_KIND_CLIENT, attributes=[key_value("count", 7)])
    batch = Batch(Signal.TRACES, request.SerializeToString())
    for setting, is_done in (("include", fits), ("exclude", not fits)):
        (span,) = items_of(await configured(batch, {"actions": [ADD], setting: match}))
        assert ("new" in attributes(span.attributes)) == is_done


async def test_records_are_chosen_by_body_and_severity_and_points_by_the_name_of_their_metric() -> None:
    logs, metrics = ExportLogsServiceRequest(), ExportMetricsServiceRequest()
    record = logs.resource_logs.add().scope_logs.add().log_records.add(severity_text="WARN")
    record.body.string_value = "payment failed"
    metrics.resource_metrics.add().scope_metrics.add().metrics.add(name="clicks").gauge.data_points.add(as_int=1)
    for batch, match, fits in (
        (Batch(Signal.LOGS, logs.SerializeToString()), marked(log_bodies=["payment failed"]), True),
        (Batch(Signal.LOGS, logs.SerializeToString()), marked(log_severity_texts=["ERROR"]), False),
        (Batch(Signal.METRICS, metrics.SerializeToString()), marked(metric_names=["clicks"]), True),
        (Batch(Signal.METRICS, metrics.SerializeToString()), marked(metric_names=["pages"]), False),
    ):
        out = await configured(batch, {"actions": [ADD], "include": match})
        assert (out is not batch) == fits
