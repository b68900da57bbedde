"""What came apart goes together again under the headers that it had."""

from __future__ import annotations

from collections import Counter

from hypothesis import given

from otelrum.otlp.batch import ResourceGroup, ScopeGroup, Signal
from otelrum.otlp.groups import take_apart
from otelrum.otlp.requests import MAX_BYTES, Regrouping
from tests.otlp.messages import requests

Placed = Counter[tuple[bytes, bytes, bytes]]


def placed(data: bytes) -> Placed:
    """Each item with the headers above it."""
    out: Placed = Counter()
    for group in take_apart(data):
        for scope in group.scopes:
            out.update((group.header, scope.header, item) for item in scope.items)
    return out


def regrouped(data: bytes) -> Regrouping:
    out = Regrouping(Signal.TRACES)
    for header, scope, item in placed(data).elements():
        out.add(header, scope, [item])
    return out


@given(requests())
def test_every_item_is_there_once_under_its_own_headers(data: bytes) -> None:
    again = regrouped(data)
    batches = list(again.batches())
    assert sum((placed(batch.data) for batch in batches), Counter()) == placed(data)
    assert sum(batch.items for batch in batches) == len(again) == placed(data).total()


@given(requests())
def test_equal_headers_are_written_once(data: bytes) -> None:
    for batch in regrouped(data).batches():
        headers = [group.header for group in take_apart(batch.data)]
        assert len(headers) == len(set(headers))


@given(requests(), requests())
def test_merged_they_hold_what_both_held(one: bytes, other: bytes) -> None:
    both = regrouped(one)
    both.merge(regrouped(other))
    assert sum((placed(batch.data) for batch in both.batches()), Counter()) == placed(one) + placed(other)


def test_a_large_resource_is_written_once_a_request_and_not_once_a_scope() -> None:
    many = Regrouping(Signal.TRACES)
    header = ResourceGroup(resource=[b"\x0a\x02" + b"\x0a\x00" * (1 << 19)]).SerializeToString()
    for n in range(1000):
        many.add(header, ScopeGroup(scope=[b"\x0a\x04%04d" % n]).SerializeToString(), [b""])
    assert len(list(many.batches())) == 1


def test_a_request_has_some_mib_at_most() -> None:
    big = Regrouping(Signal.TRACES)
    items = [bytes([0x2A, 0x80, 0x80, 0x20]) + b"n" * (1 << 19)] * 9
    big.add(b"", b"", items)
    batches = list(big.batches())
    assert all(len(batch.data) <= MAX_BYTES + (1 << 12) for batch in batches)
    assert sum(batch.items for batch in batches) == 9
