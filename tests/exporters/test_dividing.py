"""What is tried again in smaller requests."""

from __future__ import annotations

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from otelrum.exporters.dividing import divided
from otelrum.exporters.transport import TooLarge
from otelrum.otlp.batch import Batch, Signal


def metrics(*points: int) -> Batch:
    """A request of gauges with so many points each."""
    made = ExportMetricsServiceRequest()
    gauges = made.resource_metrics.add().scope_metrics.add().metrics
    for number in points:
        gauge = gauges.add().gauge
        for _ in range(number):
            gauge.data_points.add()
    return Batch(Signal.METRICS, made.SerializeToString())


@pytest.mark.parametrize(
    ("points", "halves"), [((2, 2), [2, 2]), ((1, 9), [1, 9]), ((10,), []), ((1,), []), ((3, 3, 3), [3, 3, 3])]
)
def test_metrics_are_divided_between_metrics_and_never_for_ever(points: tuple[int, ...], halves: list[int]) -> None:
    assert [batch.items for batch in divided(metrics(*points), TooLarge("too large"))] == halves
