"""Puts items that came apart together again, under their resources and scopes, in few requests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from otelrum.otlp.batch import Batch, Request, Signal

MAX_BYTES: Final = 2 << 20
"""Of one request: gRPC receivers take 4 MiB unless told otherwise."""


class Regrouping:
    """Collects items of one signal by equal header bytes."""

    def __init__(self, signal: Signal) -> None:
        self._signal = signal
        self._items: dict[bytes, dict[bytes, list[bytes]]] = defaultdict(lambda: defaultdict(list))
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, resource: bytes, scope: bytes, items: list[bytes]) -> None:
        """Add items that stood below these headers."""
        if items:
            self._items[resource][scope] += items
            self._count += len(items)

    def merge(self, other: Regrouping) -> None:
        """Add all items of another one."""
        for resource, scopes in other._items.items():
            for scope, items in scopes.items():
                self.add(resource, scope, items)

    def batches(self) -> Iterator[Batch]:
        """Everything, in requests of some MiB at most."""
        request, size, count = Request(), 0, 0
        for resource, scopes in self._items.items():
            group = None
            for scope, items in scopes.items():
                for chunk in _chunks(items):
                    chunk_size = sum(map(len, chunk)) + len(scope)
                    # A resource is there once a request: a large one must not be sent with each of its scopes.
                    if count and size + chunk_size > max(MAX_BYTES, 2 * len(resource)):
                        yield Batch(self._signal, request.SerializeToString(), items=count)
                        request, size, count, group = Request(), 0, 0, None
                    if group is None:
                        group = request.resources.add()
                        group.MergeFromString(resource)
                        size += len(resource)
                    scope_group = group.scopes.add()
                    scope_group.MergeFromString(scope)
                    scope_group.items.extend(chunk)
                    size, count = size + chunk_size, count + len(chunk)
        if count:
            yield Batch(self._signal, request.SerializeToString(), items=count)


def _chunks(items: list[bytes]) -> Iterator[list[bytes]]:
    """Items of one scope in their order, at most some MiB together."""
    chunk: list[bytes] = []
    size = 0
    for item in items:
        if chunk and size + len(item) > MAX_BYTES:
            yield chunk
            chunk, size = [], 0
        chunk.append(item)
        size += len(item)
    yield chunk
