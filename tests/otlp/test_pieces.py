"""A large request in pieces is the same request."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from otelrum.otlp.batch import Batch, Signal
from otelrum.otlp.errors import MalformedOtlp
from otelrum.otlp.groups import take_apart
from otelrum.otlp.pieces import MAX_HEADER_BYTES, PIECE_BYTES, pieces
from tests.otlp.messages import requests


def placed(data: bytes) -> list[tuple[bytes, bytes, bytes]]:
    """Each item with the headers above it, in their order."""
    scopes = [(group.header, scope) for group in take_apart(data) for scope in group.scopes]
    return [(header, scope.header, item) for header, scope in scopes for item in scope.items]


@given(requests(), st.integers(1, 200))
def test_every_item_is_in_one_piece_in_its_order_below_its_headers(data: bytes, most_bytes: int) -> None:
    made = list(pieces(Batch(Signal.TRACES, data), most_bytes))
    assert [one for piece in made for one in placed(piece.data)] == placed(data)


def request(spans: int, name_bytes: int, resource_bytes: int = 0) -> Batch:
    out = ExportTraceServiceRequest()
    group = out.resource_spans.add()
    group.resource.attributes.add(key="r" * resource_bytes)
    scope = group.scope_spans.add()
    for _ in range(spans):
        scope.spans.add(name="n" * name_bytes)
    return Batch(Signal.TRACES, out.SerializeToString())


def test_a_piece_is_some_mib_or_one_item() -> None:
    made = list(pieces(request(100, PIECE_BYTES // 10)))
    assert len(made) > 1
    assert all(len(piece.data) < 2 * PIECE_BYTES for piece in made)
    assert [piece.items for piece in pieces(request(3, 2 * PIECE_BYTES))] == [1, 1, 1]


def test_a_header_that_would_be_there_again_and_again_is_refused_when_it_is_large() -> None:
    assert len(list(pieces(request(1, 1, MAX_HEADER_BYTES - 100)))) == 1
    with pytest.raises(MalformedOtlp, match="resource"):
        list(pieces(request(1, 1, MAX_HEADER_BYTES)))
