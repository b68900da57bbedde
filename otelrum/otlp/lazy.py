"""What travels through a pipeline: OTLP request bytes, and shallow views of them.

Nothing below resource, scope and item is decoded here: `proto/otelrum/lazy.proto` says why.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from types import MappingProxyType

from google.protobuf.message import DecodeError

from otelrum.otlp.errors import MalformedOtlp
from otelrum.otlp.pb.lazy_pb2 import Request, ResourceGroup, ScopeGroup

__all__ = ["Batch", "Client", "Request", "ResourceGroup", "ScopeGroup", "Signal", "join", "parse", "parts"]


def _no_headers() -> Mapping[str, str]:
    return MappingProxyType({})


class Signal(enum.StrEnum):
    """The three OTLP signals, named as in `service::pipelines`."""

    TRACES = "traces"
    METRICS = "metrics"
    LOGS = "logs"


@dataclass(frozen=True, slots=True)
class Client:
    """Who sent a request: peer address without the port, chosen headers in lower case, auth data."""

    address: str = ""
    headers: Mapping[str, str] = field(default_factory=_no_headers)
    auth: Mapping[str, str] = field(default_factory=_no_headers)


NOBODY = Client()


@dataclass(slots=True, eq=False)
class Batch:
    """One OTLP export request: signal, its protobuf bytes, and who sent it.

    The bytes never change; a component that adds something makes another batch.
    """

    signal: Signal
    data: bytes
    client: Client = NOBODY
    part_sizes: tuple[int, ...] = ()
    """Bytes of each request that this one was joined from, in order; empty when it is one."""
    _items: int = -1

    @property
    def items(self) -> int:
        """Spans, log records or metrics in this request. Raises MalformedOtlp."""
        if self._items < 0:
            self._items = count_items(parse(self.data))
        return self._items


def join(batches: Sequence[Batch]) -> Batch:
    """One request made of several of the same signal: protobuf merges what is concatenated."""
    first = batches[0]
    if len(batches) == 1:
        return first
    sizes = (batch.part_sizes or (len(batch.data),) for batch in batches)
    client = first.client if all(batch.client == first.client for batch in batches) else NOBODY
    joined = b"".join(batch.data for batch in batches)
    items = sum(batch.items for batch in batches)
    return Batch(first.signal, joined, client, tuple(chain.from_iterable(sizes)), items)


def parts(batch: Batch) -> Iterator[Batch]:
    """The requests that a batch was joined from."""
    start = 0
    for size in batch.part_sizes or (len(batch.data),):
        yield Batch(batch.signal, batch.data[start : start + size], batch.client)
        start += size


def parse(data: bytes) -> Request:
    """The shallow view of a request of any signal. Raises MalformedOtlp."""
    try:
        return Request.FromString(data)
    except DecodeError as error:
        raise MalformedOtlp(f"not an OTLP request: {error}") from error


def count_items(request: Request) -> int:
    """Spans, log records or metrics in a request."""
    count = 0
    for resource in request.resources:
        for scope in resource.scopes:
            count += len(scope.items)
    return count


def iter_items(request: Request) -> Iterator[bytes]:
    """The bytes of each span, log record or metric, in their order."""
    for resource in request.resources:
        for scope in resource.scopes:
            yield from scope.items
