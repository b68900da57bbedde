"""How many data points metrics have: what the OpenTelemetry Collector counts, and backends reject by."""

from __future__ import annotations

from typing import Final

from google.protobuf.message import DecodeError
from mypy_extensions import i64
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric

from otelrum.otlp.fields import Fields, Unusual

DATA: Final = (0x2A, 0x3A, 0x4A, 0x52, 0x5A)
"""Tags of what a Metric can hold: gauge, sum, histogram, exponential histogram, summary."""

POINTS: Final = 0x0A
"""Tag of a data point, the same in all of them."""


def count_points(data: bytes, start: i64, stop: i64) -> int:
    """Data points of the Metric message that lies there; what is no metric counts as one."""
    try:
        return _walked_points(data, start, stop)
    except Unusual:
        return _parsed_points(data[start:stop])


def _walked_points(data: bytes, start: i64, stop: i64) -> int:
    count: i64 = 0
    kind: i64 = 0
    fields, points = Fields(data, start, stop), Fields(data, 0, 0)
    while fields.next():
        if fields.tag in DATA:
            if kind not in (0, fields.tag):
                raise Unusual  # two kinds in one metric: the last one counts
            kind = fields.tag
            points.enter(fields.start, fields.stop)
            while points.next():
                count += points.tag == POINTS
    return count


def _parsed_points(metric: bytes) -> int:
    try:
        parsed = Metric.FromString(metric)
    except DecodeError:  # metrics pass unread: the backend says what it thinks of it
        return 1
    kind = parsed.WhichOneof("data")
    return len(getattr(parsed, kind).data_points) if kind else 0
