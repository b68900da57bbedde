"""A large request as a row of smaller ones, in the order of its items: so that no step of work is long."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from otelrum.otlp.batch import Batch, Request
from otelrum.otlp.errors import MalformedOtlp
from otelrum.otlp.groups import take_apart

PIECE_BYTES: Final = 1 << 20

MAX_ITEM_BYTES: Final = 1 << 20
"""Of an item that is read: that happens at once, and as objects it may be fifty times as large."""

MAX_HEADER_BYTES: Final = 256 << 10
"""Of what stands above items: it is read again for each piece."""


def pieces(batch: Batch, most_bytes: int = PIECE_BYTES) -> Iterator[Batch]:
    """Requests of some MiB at most with all items, each below its headers. Raises MalformedOtlp.

    An item that is larger has one of its own. Resources and scopes without an item are left out.
    """
    request, size, count = Request(), 0, 0
    for resource in take_apart(batch.data):
        size += _checked(resource.header)
        group = None
        for scope in resource.scopes:
            size += _checked(scope.header)
            part = None
            for item in scope.items:
                if count and size + len(item) > most_bytes:
                    yield Batch(batch.signal, request.SerializeToString(), batch.client, items=count)
                    request, size, count, group, part = Request(), 0, 0, None, None
                if group is None:
                    group = request.resources.add()
                    group.MergeFromString(resource.header)
                if part is None:
                    part = group.scopes.add()
                    part.MergeFromString(scope.header)
                part.items.append(item)
                size, count = size + len(item), count + 1
    if count:
        yield Batch(batch.signal, request.SerializeToString(), batch.client, items=count)


def _checked(header: bytes) -> int:
    if len(header) > MAX_HEADER_BYTES:
        raise MalformedOtlp(f"a resource or scope of more than {MAX_HEADER_BYTES} bytes")
    return len(header)
