"""Writes items under their resources and scopes into requests of limited size: the one way to divide and to regroup."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from otelrum.otlp.batch import ANY_NUMBER, ITEMS, NOBODY, RESOURCES, SCOPES, Batch, Client, Signal
from otelrum.otlp.errors import MalformedOtlp
from otelrum.otlp.groups import read_groups
from otelrum.otlp.points import count_points
from otelrum.otlp.values import varint

MAX_BYTES: Final = 2 << 20
"""Largest request that is written: gRPC receivers take 4 MiB by default."""

CHUNK_BYTES: Final = 1 << 20
"""Size of what is read in one step: some 10 ms of work."""

MAX_HEADER_BYTES: Final = 256 << 10
"""Largest resource or scope: it is read again with each chunk."""

_RESOURCE: Final = bytes([RESOURCES])
_SCOPE: Final = bytes([SCOPES])
_ITEM: Final = bytes([ITEMS])


class RequestWriter:
    """Collects items of one signal by equal header bytes, and writes requests of them."""

    def __init__(
        self, signal: Signal, max_bytes: int = MAX_BYTES, max_items: int = ANY_NUMBER, client: Client = NOBODY
    ) -> None:
        """A request exceeds `max_bytes` only where a single item, or its resource, does."""
        self._signal = signal
        self._client = client
        self._max_bytes = max_bytes
        self._max_items = max_items
        self._groups: dict[bytes, dict[bytes, list[bytes]]] = {}
        """By resource and scope header: the items of the request that is being collected."""
        self._bytes = 0
        self._count = 0
        self._items_of = _points if signal is Signal.METRICS else _one
        self._full: list[Batch] = []

    def add(self, resource: bytes, scope: bytes, item: bytes) -> None:
        """Add an item that stood below these headers: the group's bytes without what is below."""
        count = self._items_of(item)
        if self._groups:
            # A resource is there once a request: a large one must not be sent with each few of its items.
            is_over = self._bytes + len(item) > max(self._max_bytes, 2 * len(resource))
            if is_over or self._count + count > self._max_items:
                self._end()
        scopes = self._groups.get(resource)
        if scopes is None:
            scopes = self._groups[resource] = {}
            self._bytes += len(resource)
        items = scopes.get(scope)
        if items is None:
            items = scopes[scope] = []
            self._bytes += len(scope)
        items.append(item)
        self._bytes += len(item)
        self._count += count

    def take_full(self) -> list[Batch]:
        """The requests that nothing can be added to any more."""
        full, self._full = self._full, []
        return full

    def finish(self) -> list[Batch]:
        """All that was added and not taken, in the order in which it was added below each header."""
        if self._groups:
            self._end()
        return self.take_full()

    def _end(self) -> None:
        self._full.append(Batch(self._signal, _joined(self._groups), self._client, items=self._count))
        self._groups, self._bytes, self._count = {}, 0, 0


def chunks(batch: Batch, max_bytes: int = CHUNK_BYTES) -> Iterator[Batch]:
    """Requests of `max_bytes` at most with all items of one, so that no step of work on it is long.

    A larger item has one of its own. Resources and scopes without an item are left out.
    Raises MalformedOtlp, also where a header is larger than MAX_HEADER_BYTES.
    """
    writer = RequestWriter(batch.signal, max_bytes, client=batch.client)
    for resource in read_groups(batch.data):
        _check_header(resource.header)
        for scope in resource.scopes:
            _check_header(scope.header)
            for item in scope.items:
                writer.add(resource.header, scope.header, item)
                yield from writer.take_full()
    yield from writer.finish()


def split(batch: Batch, max_items: int = ANY_NUMBER, max_bytes: int = ANY_NUMBER) -> list[Batch]:
    """Requests of at most so many spans, log records or data points, and bytes. Raises MalformedOtlp.

    A metric stays whole: one with more points has a request of its own.
    """
    if len(batch.data) <= max_bytes and batch.items <= max_items:
        return [batch]
    writer = RequestWriter(batch.signal, max_bytes, max_items, batch.client)
    for resource in read_groups(batch.data):
        for scope in resource.scopes:
            for item in scope.items:
                writer.add(resource.header, scope.header, item)
    return writer.finish()


def _joined(groups: dict[bytes, dict[bytes, list[bytes]]]) -> bytes:
    """A request's bytes. A message would hold all of it twice more meanwhile, and take three times as long."""
    out: list[bytes] = []
    for resource, scopes in groups.items():
        group = [resource]
        for scope, items in scopes.items():
            below = [scope]
            for item in items:
                below += (_ITEM, varint(len(item)), item)
            group += _field(_SCOPE, below)
        out += _field(_RESOURCE, group)
    return b"".join(out)


def _field(tag: bytes, parts: list[bytes]) -> list[bytes]:
    """A delimited field of these parts."""
    size = 0
    for part in parts:
        size += len(part)
    return [tag, varint(size), *parts]


def _one(item: bytes) -> int:
    """A span and a log record count as one."""
    return 1


def _points(metric: bytes) -> int:
    return count_points(metric, 0, len(metric))


def _check_header(header: bytes) -> None:
    if len(header) > MAX_HEADER_BYTES:
        raise MalformedOtlp(f"a resource or scope of more than {MAX_HEADER_BYTES} bytes")
