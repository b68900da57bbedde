"""Histograms in both shapes of OpenTelemetry's metrics data model."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from typing import Final, Protocol, TypeAlias

from opentelemetry.proto.metrics.v1.metrics_pb2 import ExponentialHistogramDataPoint, HistogramDataPoint

HistogramPoint: TypeAlias = HistogramDataPoint | ExponentialHistogramDataPoint

_MAX_SCALE: Final = 20
"""Buckets that grow by a millionth: as fine as OpenTelemetry's SDKs begin."""


class Histogram(Protocol):
    """Counts values that are not negative."""

    def record(self, value: float) -> None: ...

    def point(self) -> HistogramPoint:
        """The counts, without attributes and times."""
        ...


class ExplicitHistogram:
    """Buckets up to each bound, the bound itself included, and one beyond the last."""

    __slots__ = ("_bounds", "_counts", "_max", "_min", "_sum")

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self._sum = 0.0
        self._min = math.inf
        self._max = 0.0

    def record(self, value: float) -> None:
        self._counts[bisect_left(self._bounds, value)] += 1
        self._sum += value
        self._min, self._max = min(self._min, value), max(self._max, value)

    def point(self) -> HistogramDataPoint:
        return HistogramDataPoint(
            count=sum(self._counts),
            sum=self._sum,
            min=self._min,
            max=self._max,
            bucket_counts=self._counts,
            explicit_bounds=self._bounds,
        )


class ExponentialHistogram:
    """Bucket i ends at 2 ** ((i + 1) / 2 ** scale), that included; the scale is the finest that `max_size` allows."""

    __slots__ = ("_counts", "_max", "_max_size", "_min", "_scale", "_sum", "_zeros")

    def __init__(self, max_size: int) -> None:
        self._max_size = max_size
        self._scale = _MAX_SCALE
        self._zeros = 0
        self._counts: dict[int, int] = {}
        self._sum = 0.0
        self._min = math.inf
        self._max = 0.0

    def record(self, value: float) -> None:
        self._sum += value
        self._min, self._max = min(self._min, value), max(self._max, value)
        if value <= 0.0:
            self._zeros += 1
            return
        index = math.ceil(math.ldexp(math.log2(value), self._scale)) - 1
        self._counts[index] = self._counts.get(index, 0) + 1
        while max(self._counts) - min(self._counts) >= self._max_size:
            self._halve()

    def _halve(self) -> None:
        """Two neighbours become one bucket."""
        counts: dict[int, int] = {}
        for index, count in self._counts.items():
            counts[index >> 1] = counts.get(index >> 1, 0) + count
        self._counts = counts
        self._scale -= 1

    def point(self) -> ExponentialHistogramDataPoint:
        out = ExponentialHistogramDataPoint(
            count=self._zeros + sum(self._counts.values()),
            sum=self._sum,
            min=self._min,
            max=self._max,
            scale=self._scale,
            zero_count=self._zeros,
        )
        if self._counts:
            first = min(self._counts)
            out.positive.offset = first
            out.positive.bucket_counts.extend(self._counts.get(i, 0) for i in range(first, max(self._counts) + 1))
        return out
