"""The shallow view of a request shows what the full one does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from otelrum.otlp.batch import MAX_UNUSUAL_BYTES, Batch, Signal, count_items, join, parse, parts
from otelrum.otlp.errors import MalformedOtlp, TooManyParts
from otelrum.otlp.groups import read_groups
from tests.otlp.messages import requests


def full(data: bytes) -> list[bytes]:
    return [
        span.SerializeToString(deterministic=True)
        for group in ExportTraceServiceRequest.FromString(data).resource_spans
        for scope in group.scope_spans
        for span in scope.spans
    ]


def shallow(data: bytes) -> list[bytes]:
    return [
        Span.FromString(item).SerializeToString(deterministic=True)
        for group in read_groups(data)
        for scope in group.scopes
        for item in scope.items
    ]


@given(requests())
def test_items_are_those_of_the_full_parse(data: bytes) -> None:
    assert shallow(data) == full(data)
    assert Batch(Signal.TRACES, data).items == len(full(data))


@given(requests())
def test_what_is_written_again_is_the_same_request(data: bytes) -> None:
    again = ExportTraceServiceRequest.FromString(parse(data).SerializeToString())
    assert again == ExportTraceServiceRequest.FromString(data)


@given(requests())
def test_resources_are_those_of_the_full_parse(data: bytes) -> None:
    groups = ExportTraceServiceRequest.FromString(data).resource_spans
    assert [Resource.FromString(b"".join(g.resource)) for g in parse(data).resources] == [g.resource for g in groups]


@given(st.lists(requests(), min_size=1, max_size=3))
def test_joined_requests_are_one_with_the_items_of_all(several: list[bytes]) -> None:
    joined = join([Batch(Signal.TRACES, data) for data in several])
    assert shallow(joined.data) == [item for data in several for item in full(data)]
    assert [part.data for part in parts(joined)] == several


@given(st.binary(max_size=64))
def test_hostile_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        assert Batch(Signal.TRACES, data).items == sum(
            len(s.items) for group in read_groups(data) for s in group.scopes
        )
    except MalformedOtlp:
        with pytest.raises(Exception, match="parsing"):
            ExportTraceServiceRequest.FromString(data)


@given(requests())
def test_items_scopes_and_resources_are_counted_together_against_a_limit(data: bytes) -> None:
    groups = read_groups(data)
    every = len(groups) + sum(len(group.scopes) for group in groups) + len(full(data))
    assert count_items(Signal.TRACES, data, every) == len(full(data))
    if every:
        with pytest.raises(TooManyParts):
            count_items(Signal.TRACES, data, every - 1)


def test_what_no_encoder_writes_is_read_only_while_it_is_small() -> None:
    group = b"\xfb\x3e\xfc\x3e"  # field 1007 as a group
    assert count_items(Signal.TRACES, group + b"\x0a\x00" * 1000) == 0
    with pytest.raises(MalformedOtlp):
        count_items(Signal.TRACES, group + b"\x0a\x00" * (MAX_UNUSUAL_BYTES // 2))
