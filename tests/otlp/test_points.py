"""Data points are counted as the official messages have them, whatever the kind of metric."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric

from otelrum.otlp.batch import Batch, Signal
from otelrum.otlp.points import count_points
from otelrum.otlp.requests import split

KINDS = ("gauge", "sum", "histogram", "exponential_histogram", "summary")


def metric(kind: str, points: int) -> Metric:
    made = Metric(name=f"{kind} {points}", description="text", unit="By")
    data = getattr(made, kind)
    data.SetInParent()
    for number in range(points):
        data.data_points.add(time_unix_nano=number, attributes=[{"key": "a", "value": {"string_value": "*" * number}}])
    return made


METRICS = st.builds(metric, st.sampled_from(KINDS), st.integers(0, 5))


def request(*metrics: Metric) -> bytes:
    made = ExportMetricsServiceRequest()
    made.resource_metrics.add().scope_metrics.add().metrics.extend(metrics)
    return made.SerializeToString()


def points_of(made: Metric) -> int:
    return len(getattr(made, made.WhichOneof("data") or "gauge").data_points)


@given(st.lists(METRICS, max_size=5))
def test_a_request_has_the_points_of_its_metrics(metrics: list[Metric]) -> None:
    assert Batch(Signal.METRICS, request(*metrics)).items == sum(map(points_of, metrics))


@given(METRICS, METRICS, st.binary(max_size=4))
def test_what_no_encoder_writes_is_counted_as_protobuf_reads_it(one: Metric, other: Metric, more: bytes) -> None:
    """Of two kinds in one message the last one counts, and what is none counts as one."""
    data = one.SerializeToString() + other.SerializeToString() + more
    try:
        points = points_of(Metric.FromString(data))
    except Exception:
        return
    assert count_points(data, 0, len(data)) == points


def test_what_is_no_metric_counts_as_one() -> None:
    assert count_points(b"\x2a\x05no po", 0, 7) == 1


@given(st.lists(METRICS, min_size=1, max_size=8), st.integers(1, 10))
def test_a_request_is_divided_by_points_and_no_metric_is(metrics: list[Metric], most: int) -> None:
    batches = split(Batch(Signal.METRICS, request(*metrics)), most)
    assert sum(batch.items for batch in batches) == sum(map(points_of, metrics))
    for batch in batches:
        (resource,) = ExportMetricsServiceRequest.FromString(batch.data).resource_metrics
        assert batch.items <= most or len([m for m in resource.scope_metrics[0].metrics if points_of(m)]) == 1
        assert batch.items == sum(map(points_of, resource.scope_metrics[0].metrics))
