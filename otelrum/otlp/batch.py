"""What travels through a pipeline: OTLP request bytes, and shallow views of them.

Nothing below resource, scope and item is decoded here: `proto/otelrum/groups.proto` says why.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from types import MappingProxyType
from typing import Final, Protocol

from google.protobuf.message import DecodeError
from mypy_extensions import i64
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from otelrum.otlp.errors import MalformedOtlp, TooManyParts
from otelrum.otlp.fields import Fields, Unusual
from otelrum.otlp.pb.groups_pb2 import Request, ResourceGroup, ScopeGroup
from otelrum.otlp.points import count_points

__all__ = ["Batch", "Client", "Request", "ResourceGroup", "ScopeGroup", "Signal", "check", "join", "parse", "parts"]

RESOURCES: Final = 0x0A
SCOPES: Final = 0x12
ITEMS: Final = 0x12
"""Tags of the three outer layers (proto/otelrum/groups.proto)."""

ANY_NUMBER: Final = 1 << 62
"""No limit on the number of items."""

MAX_UNUSUAL_BYTES: Final = 1 << 20
"""Above this size, input the walker cannot handle is refused: parsing it with protobuf could cost 50 times its size
in objects."""


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


NOBODY: Final = Client()


class Arrival(Protocol):
    """A batch's place in a log (otelrum/collector/partition.py)."""

    time_ns: int
    """When the log took it, in unix nanoseconds."""


class Batch:
    """One OTLP export request: signal, its protobuf bytes, and who sent it.

    The bytes never change; a component that adds something makes another batch.
    """

    __slots__ = ("_items", "arrival", "client", "data", "part_sizes", "signal")

    def __init__(
        self,
        signal: Signal,
        data: bytes,
        client: Client = NOBODY,
        part_sizes: tuple[int, ...] = (),
        items: int = -1,
        arrival: Arrival | None = None,
    ) -> None:
        """`items` where they have been counted."""
        self.signal = signal
        self.data = data
        self.client = client
        self.part_sizes = part_sizes
        """Bytes of each request that this one was joined from, in order; empty when it is one."""
        self._items = items
        self.arrival = arrival
        """Set where the batch was read from a log that is read again after a crash."""

    @property
    def items(self) -> int:
        """Spans, log records or data points in this request. Raises MalformedOtlp."""
        if self._items < 0:
            self._items = count_items(self.signal, self.data)
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


def check(signal: Signal, data: bytes) -> None:
    """Raises MalformedOtlp where a request of traces or logs is not OTLP through and through: every field, every text.

    The official messages decide. One parse of all costs little.
    """
    message = ExportLogsServiceRequest if signal is Signal.LOGS else ExportTraceServiceRequest
    try:
        message.FromString(data)
    except DecodeError as error:
        raise MalformedOtlp(f"not an OTLP request: {error}") from error


def count_items(signal: Signal, data: bytes, most_parts: i64 = ANY_NUMBER) -> int:
    """Spans, log records or data points in a request.

    Raises MalformedOtlp, and TooManyParts where its spans, records or metrics, their scopes and resources are more
    than `most_parts`.
    """
    try:
        return _walked_count(data, most_parts, signal is Signal.METRICS)
    except Unusual:
        if len(data) > MAX_UNUSUAL_BYTES:
            raise MalformedOtlp("not an OTLP request: broken, or written as no encoder writes it") from None
        items = [item for resource in parse(data).resources for scope in resource.scopes for item in scope.items]
        return sum(count_points(item, 0, len(item)) for item in items) if signal is Signal.METRICS else len(items)


def _walked_count(data: bytes, most_parts: i64, are_metrics: bool) -> int:
    count: i64 = 0
    points: i64 = 0
    groups: i64 = 0
    resources, scopes, items = Fields(data, 0, len(data)), Fields(data, 0, 0), Fields(data, 0, 0)
    while resources.next():
        if resources.tag == RESOURCES:
            groups += 1
            scopes.enter(resources.start, resources.stop)
            while scopes.next():
                if scopes.tag == SCOPES:
                    groups += 1
                    items.enter(scopes.start, scopes.stop)
                    while items.next():
                        if items.tag == ITEMS:
                            count += 1
                            if are_metrics:
                                points += count_points(data, items.start, items.stop)
                    if count + groups > most_parts:
                        raise TooManyParts
            if count + groups > most_parts:
                raise TooManyParts
    return points if are_metrics else count
