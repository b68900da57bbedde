"""A recorded session, a real process, a real backend: each action is there once more, in every signal."""

from __future__ import annotations

import base64
import http.client
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from signal import SIGTERM

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from otelrum.otlp.values import attributes
from tests.running import Backend, Collector, backend, written

CAPTURES = Path(__file__).resolve().parent.parent / "golden" / "captures"
RECORDINGS = tuple(
    f"{name}.zone.{page}"
    for name, page in (
        ("shop_add_to_cart", "hook"),
        ("shop_checkout_error", "full"),
        ("custom_action", "hook"),
        ("rage_click", "full"),
    )
)

CONFIG = """\
receivers: {{otlp: {{protocols: {{http: {{endpoint: "127.0.0.1:0"}}}}}}}}
processors: {{rum_action: , batch: {{timeout: 5ms}}}}
exporters: {{otlp_grpc: {{endpoint: "{endpoint}", tls: {{insecure: true}}}}}}
connectors:
  rum_actions/explicit: {{exemplars: {{enabled: true}}, dimensions: [{{name: view.url, default: none}}]}}
  rum_actions/exponential:
    histogram: {{exponential: {{}}, unit: ms}}
    aggregation_temporality: delta
    aggregation_cardinality_limit: 1
service:
  pipelines:
    traces: {{receivers: [otlp], processors: [rum_action, batch], exporters: {out}}}
    logs: {{receivers: [otlp], processors: [rum_action, batch], exporters: {out}}}
    traces/actions: {{receivers: [rum_actions/explicit], exporters: [otlp_grpc]}}
    logs/actions: {{receivers: [rum_actions/explicit], exporters: [otlp_grpc]}}
    metrics/actions: {{receivers: [rum_actions/explicit, rum_actions/exponential], exporters: [otlp_grpc]}}
"""
OUT = "[otlp_grpc, rum_actions/explicit, rum_actions/exponential]"


def post(port: int, name: str) -> None:
    """One recorded session as its browser sent it."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    for request in json.loads((CAPTURES / f"{name}.json").read_text())["requests"]:
        headers = {"Content-Type": request["content_type"]}
        connection.request("POST", request["path"], base64.b64decode(request["body_base64"]), headers)
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
        answer.read()
    connection.close()


def records_at(kept: Backend) -> list[LogRecord]:
    requests = map(ExportLogsServiceRequest.FromString, kept.requests["logs"])
    return [record for request in requests for resource in request.resource_logs for scope in resource.scope_logs
            for record in scope.log_records]  # fmt: skip


def metrics_at(kept: Backend) -> list[Metric]:
    requests = map(ExportMetricsServiceRequest.FromString, kept.requests["metrics"])
    return [metric for request in requests for resource in request.resource_metrics
            for scope in resource.scope_metrics for metric in scope.metrics]  # fmt: skip


@pytest.fixture(scope="module")
def arrived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    """What the backend has when every recording was sent twice, as retries do."""
    with backend() as (kept, endpoint):
        config = written(tmp_path_factory.mktemp("config"), CONFIG.format(endpoint=endpoint, out=OUT))
        with Collector("--config", config) as otelrum:
            port = otelrum.ready()["http"]
            for name in RECORDINGS * 2:
                post(port, name)
            otelrum.signal(SIGTERM)
            assert otelrum.exit_status() == 0
        yield kept


def heads(kept: Backend) -> dict[str, Span]:
    """The action spans by action."""
    found = {}
    for span in kept.spans():
        own = attributes(span.attributes)
        if "action.type" in own and span.span_id != bytes.fromhex(str(own["action.id"]).replace("-", ""))[:8]:
            found[str(own["action.id"])] = span
    return found


def test_there_is_one_span_an_action_named_and_as_long_as_it(arrived: Backend) -> None:
    by_action = heads(arrived)
    summaries = [
        span for span in arrived.spans() if span.span_id.hex() in {id.replace("-", "")[:16] for id in by_action}
    ]
    assert len(summaries) == len(by_action) > 3
    for span in summaries:
        own = attributes(span.attributes)
        head = by_action[str(own["action.id"])]
        loading_ns = own.get("action.loading_time", 0)
        assert isinstance(loading_ns, int)
        assert (span.trace_id, span.parent_span_id) == (head.trace_id, head.span_id)
        assert (span.name, span.start_time_unix_nano) == (own["action.name"], head.start_time_unix_nano)
        assert span.end_time_unix_nano == head.start_time_unix_nano + loading_ns
        kinds = own.get("action.frustration.type", [])
        assert isinstance(kinds, list)
        is_error = span.status.code == Status.STATUS_CODE_ERROR
        assert is_error == ("error_click" in kinds)
        on_head = attributes(head.attributes)
        assert all(on_head[key] == value for key, value in own.items())
        assert {key for key in on_head if key.startswith(("action.", "view.", "session.id", "os."))} <= own.keys()


def test_there_is_one_event_an_action_with_the_same_attributes(arrived: Backend) -> None:
    by_action = heads(arrived)
    summaries = {str(attributes(record.attributes)["action.id"]): record
            for record in records_at(arrived) if record.event_name == "rum.action"}  # fmt: skip
    spans = {str(attributes(span.attributes).get("action.id")): attributes(span.attributes)
             for span in arrived.spans() if span.name.startswith(("Click on", "checkout"))}  # fmt: skip
    assert summaries.keys() == by_action.keys()
    for id, record in summaries.items():
        assert attributes(record.attributes) == spans[id]
        assert (record.trace_id, record.span_id) == (by_action[id].trace_id, by_action[id].span_id)
        assert record.time_unix_nano == by_action[id].start_time_unix_nano


def counted(metrics: list[Metric], name: str, temporality: int) -> Counter[object]:
    out: Counter[object] = Counter()
    for metric in metrics:
        if metric.name == name and metric.sum.aggregation_temporality == temporality:
            for point in metric.sum.data_points:
                own = attributes(point.attributes)
                out[own.get("action.name", own.get("otel.metric.overflow"))] += point.as_int
    return out


CUMULATIVE, DELTA = 2, 1


def test_metrics_count_each_action_once_with_its_figures(arrived: Backend) -> None:
    on_heads = [attributes(span.attributes) for span in heads(arrived).values()]
    names = Counter(own["action.name"] for own in on_heads)
    metrics = metrics_at(arrived)
    assert counted(metrics, "rum.actions", CUMULATIVE) == names
    resources = sum(int(str(own.get("action.resource.count", 0))) for own in on_heads)
    assert counted(metrics, "rum.action.resources", CUMULATIVE).total() == resources > 0
    kinds = [own.get("action.frustration.type", []) for own in on_heads]
    frustrations = sum(len(each) for each in kinds if isinstance(each, list))
    assert counted(metrics, "rum.action.frustrations", CUMULATIVE).total() == frustrations > 0


def test_beyond_the_limit_of_one_name_the_others_are_counted_as_overflow(arrived: Backend) -> None:
    found = counted(metrics_at(arrived), "rum.actions", DELTA)
    assert found[True] > 0 and len(found) == 2
    assert found.total() == len(heads(arrived))


def test_histograms_come_in_both_shapes_with_exemplars_that_name_traces_of_actions(arrived: Backend) -> None:
    loading = [own["action.loading_time"] for own in map(attributes, (s.attributes for s in heads(arrived).values()))
               if "action.loading_time" in own]  # fmt: skip
    histograms = [metric for metric in metrics_at(arrived) if metric.name == "rum.action.loading_time"]
    explicit = [point for metric in histograms for point in metric.histogram.data_points]
    exponential = [point for metric in histograms for point in metric.exponential_histogram.data_points]
    assert sum(point.count for point in explicit) == sum(point.count for point in exponential) == len(loading)
    total_s = sum(int(str(ns)) for ns in loading) / 1e9
    assert sum(point.sum for point in explicit) == pytest.approx(total_s)
    assert sum(point.sum for point in exponential) == pytest.approx(total_s * 1000)
    traces = {span.trace_id for span in heads(arrived).values()}
    named = {exemplar.trace_id for point in explicit for exemplar in point.exemplars}
    assert named and named <= traces
    assert all("view.url" in attributes(point.attributes) for point in explicit)
