"""Items are written into requests under the headers that they had, each request of limited size."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from otelrum.otlp.batch import Batch, Client, ResourceGroup, ScopeGroup, Signal
from otelrum.otlp.errors import MalformedOtlp
from otelrum.otlp.groups import read_groups
from otelrum.otlp.requests import CHUNK_BYTES, MAX_BYTES, MAX_HEADER_BYTES, RequestWriter, chunks, split
from tests.otlp.messages import requests

Placed = tuple[bytes, bytes, bytes]


def placed(data: bytes) -> list[Placed]:
    """Each item with the headers above it, in their order."""
    scopes = [(group.header, scope) for group in read_groups(data) for scope in group.scopes]
    return [(header, scope.header, item) for header, scope in scopes for item in scope.items]


def by_header(items: list[Placed]) -> dict[tuple[bytes, bytes], list[bytes]]:
    """The items of each header in their order: what has equal headers is one group."""
    out: dict[tuple[bytes, bytes], list[bytes]] = {}
    for resource, scope, item in items:
        out.setdefault((resource, scope), []).append(item)
    return out


def written(items: list[Placed], **limits: Any) -> list[Batch]:
    writer = RequestWriter(Signal.TRACES, **limits)
    for one in items:
        writer.add(*one)
    return writer.finish()


def again(batches: list[Batch]) -> dict[tuple[bytes, bytes], list[bytes]]:
    return by_header([one for batch in batches for one in placed(batch.data)])


@given(requests(), st.integers(1, 200), st.integers(1, 3))
def test_every_item_is_there_once_under_its_own_headers_in_its_order(data: bytes, size: int, count: int) -> None:
    items = placed(data)
    batches = written(items, max_bytes=size, max_items=count)
    assert again(batches) == by_header(items)
    assert [batch.items for batch in batches] == [len(placed(batch.data)) for batch in batches]
    assert all(batch.items <= count for batch in batches)


@given(requests(), requests())
def test_equal_headers_are_written_once_a_request(one: bytes, other: bytes) -> None:
    for batch in written(placed(one) + placed(other) + placed(one)):
        groups = read_groups(batch.data)
        counts = Counter(group.header for group in groups)
        assert set(counts.values()) <= {1}
        assert all(len({scope.header for scope in group.scopes}) == len(group.scopes) for group in groups)


def test_a_large_resource_is_written_once_a_request_and_not_once_a_scope() -> None:
    header = ResourceGroup(resource=[b"\x0a\x02" + b"\x0a\x00" * (1 << 19)]).SerializeToString()
    scopes = [ScopeGroup(scope=[b"\x0a\x04%04d" % n]).SerializeToString() for n in range(1000)]
    assert len(written([(header, scope, b"") for scope in scopes])) == 1


def test_a_request_has_some_mib_at_most() -> None:
    item = bytes([0x2A, 0x80, 0x80, 0x20]) + b"n" * (1 << 19)
    batches = written([(b"", b"", item)] * 9)
    assert all(len(batch.data) <= MAX_BYTES + (1 << 12) for batch in batches)
    assert [batch.items for batch in batches] == [3, 3, 3]


def test_what_is_full_can_be_taken_before_the_end() -> None:
    writer = RequestWriter(Signal.TRACES, max_items=2)
    taken = []
    for n in range(5):
        writer.add(b"", b"", b"\x2a\x01%d" % n)
        taken.append(len(writer.take_full()))
    assert (taken, len(writer.finish()), writer.finish()) == ([0, 0, 1, 0, 1], 1, [])


# ------------------------------------------------------------------ chunks
def request(spans: int, name_bytes: int, resource_bytes: int = 0) -> Batch:
    out = ExportTraceServiceRequest()
    group = out.resource_spans.add()
    group.resource.attributes.add(key="r" * resource_bytes)
    scope = group.scope_spans.add()
    for _ in range(spans):
        scope.spans.add(name="n" * name_bytes)
    return Batch(Signal.TRACES, out.SerializeToString(), Client("198.51.100.7"))


@given(requests(), st.integers(1, 200))
def test_every_item_is_in_one_chunk(data: bytes, max_bytes: int) -> None:
    assert again(list(chunks(Batch(Signal.TRACES, data), max_bytes))) == by_header(placed(data))


def test_a_chunk_is_a_mib_or_one_item() -> None:
    made = list(chunks(request(100, CHUNK_BYTES // 10)))
    assert len(made) > 1
    assert all(len(chunk.data) < 2 * CHUNK_BYTES for chunk in made)
    assert [chunk.items for chunk in chunks(request(3, 2 * CHUNK_BYTES))] == [1, 1, 1]


def test_a_header_that_would_be_there_again_and_again_is_refused_when_it_is_large() -> None:
    assert len(list(chunks(request(1, 1, MAX_HEADER_BYTES - 100)))) == 1
    with pytest.raises(MalformedOtlp, match="resource"):
        list(chunks(request(1, 1, MAX_HEADER_BYTES)))


# ------------------------------------------------------------------ splitting
def test_a_request_within_its_limits_is_not_written_again() -> None:
    one = request(3, 10)
    assert split(one, max_items=3, max_bytes=len(one.data)) == [one]


def test_a_request_is_split_by_items_and_by_bytes_and_its_client_stays() -> None:
    one = request(10, 1000, 100)
    assert [part.items for part in split(one, max_items=4)] == [4, 4, 2]
    by_bytes = split(one, max_bytes=3500)
    assert [part.items for part in by_bytes] == [3, 3, 3, 1]
    assert all(len(part.data) <= 3500 and part.client == one.client for part in by_bytes)
