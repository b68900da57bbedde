"""Buckets hold what they say, in both shapes."""

from __future__ import annotations

import math
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.sdk.metrics._internal.exponential_histogram.mapping.logarithm_mapping import LogarithmMapping

from otelrum.connectors.rum_actions.histogram import ExplicitHistogram, ExponentialHistogram

seconds = st.integers(0, 10**13).map(lambda ns: ns / 1e9)


def test_a_bound_belongs_to_the_bucket_that_it_ends() -> None:
    histogram = ExplicitHistogram([0.1, 1.0])
    for value in (0.0, 0.1, 0.11, 1.0, 5.0):
        histogram.record(value)
    point = histogram.point()
    assert list(point.bucket_counts) == [2, 2, 1]
    assert (point.count, point.min, point.max) == (5, 0.0, 5.0)
    assert point.sum == pytest.approx(6.21)


@given(st.lists(seconds, min_size=1, max_size=200), st.integers(2, 160))
def test_exponential_buckets_hold_every_value_within_their_bounds(values: list[float], max_size: int) -> None:
    histogram = ExponentialHistogram(max_size)
    for value in values:
        histogram.record(value)
    point = histogram.point()
    counts = list(point.positive.bucket_counts)
    assert len(counts) <= max_size
    assert point.zero_count + sum(counts) == point.count == len(values)
    ends = [2 ** ((point.positive.offset + i + 1) / 2**point.scale) for i in range(len(counts))]
    positive = [value for value in values if value > 0]
    for end, below in zip(ends, accumulate(counts), strict=True):
        # A value at the very end of a bucket may be rounded to either side (data model: implementations may).
        assert sum(v < end * (1 - 1e-9) for v in positive) <= below <= sum(v <= end * (1 + 1e-9) for v in positive)


@given(st.floats(1e-9, 1e6), st.integers(1, 20))
def test_a_value_is_in_the_bucket_where_the_sdk_puts_it(value: float, scale: int) -> None:
    histogram = ExponentialHistogram(160)
    histogram._scale = scale
    histogram.record(value)
    theirs = LogarithmMapping(scale).map_to_index(value)
    edge = math.ldexp(math.log2(value), scale)
    assert histogram.point().positive.offset == theirs or abs(edge - round(edge)) < 1e-6


def test_powers_of_two_are_the_ends_of_their_buckets() -> None:
    histogram = ExponentialHistogram(2)
    for value in (1.0, 2.0, 4.0, 8.0):
        histogram.record(value)
    point = histogram.point()
    assert (point.scale, point.positive.offset, list(point.positive.bucket_counts)) == (-2, -1, [1, 3])
