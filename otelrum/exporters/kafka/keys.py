"""Which key a message has, so that all that one session sends is in one partition (SPEC section 17)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple, Protocol

from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from otelrum.exporters.kafka.config import SessionAttributes
from otelrum.otlp.batch import Batch, ResourceGroup, Signal
from otelrum.otlp.groups import read_groups
from otelrum.otlp.requests import RequestWriter
from otelrum.otlp.spans import KeyFilter, read_span
from otelrum.otlp.values import attributes

_REMEMBERED = 4096
"""Resources: one for each page that is open now."""

_NOTHING = KeyFilter([])


class Owner(NamedTuple):
    """Service and session that a resource names for its items."""

    service: str
    session: str


class Keyed(NamedTuple):
    """A request all of whose items have one key; b"" where they have none."""

    key: bytes
    batch: Batch


class Keys(Protocol):
    """One way to choose keys."""

    def keyed(self, batch: Batch, max_bytes: int) -> Iterator[Keyed]:
        """The request in messages of one key and at most so many bytes each. Raises MalformedOtlp."""
        ...


class SessionKeys:
    """The key is service and session id; without a session the trace id."""

    def __init__(self, config: SessionAttributes) -> None:
        self._names = config.attributes
        self._by_service = config.by_service
        self._key_filter = KeyFilter(config.attributes)
        self._owner = lru_cache(_REMEMBERED)(self._read_owner)

    def keyed(self, batch: Batch, max_bytes: int) -> Iterator[Keyed]:
        key_of = {Signal.TRACES: self._of_span, Signal.LOGS: self._of_record}.get(batch.signal, _no_key)
        return _divided(batch, max_bytes, key_of, self._owner)

    def _of_span(self, item: bytes, owner: Owner) -> bytes:
        span = read_span(item, self._key_filter)
        return self._key(span.attributes, owner, span.trace_id)

    def _of_record(self, item: bytes, owner: Owner) -> bytes:
        record = LogRecord.FromString(item)
        return self._key(attributes(record.attributes), owner, record.trace_id)

    def _key(self, own: dict[str, object], owner: Owner, trace_id: bytes) -> bytes:
        session = _first_text(own, self._names) or owner.session
        if not session:
            return trace_id.hex().encode()
        return f"{owner.service}\n{session}".encode()

    def _read_owner(self, header: bytes) -> Owner:
        resource = Resource.FromString(b"".join(ResourceGroup.FromString(header).resource))
        own = attributes(resource.attributes)
        service = _first_text(own, ["service.name"]) if self._by_service else ""
        return Owner(service, _first_text(own, self._names))


class TraceKeys:
    """The key is the trace id, as with the OpenTelemetry Collector's `partition_traces_by_id`."""

    def keyed(self, batch: Batch, max_bytes: int) -> Iterator[Keyed]:
        key_of = _trace_id if batch.signal is Signal.TRACES else _no_key
        return _divided(batch, max_bytes, key_of, _nobody)


class NoKeys:
    """Messages go to any partition."""

    def keyed(self, batch: Batch, max_bytes: int) -> Iterator[Keyed]:
        return _divided(batch, max_bytes, _no_key, _nobody)


def _no_key(item: bytes, owner: Owner) -> bytes:
    return b""


def _trace_id(item: bytes, owner: Owner) -> bytes:
    return read_span(item, _NOTHING).trace_id.hex().encode()


def _nobody(header: bytes) -> Owner:
    return Owner("", "")


def _first_text(own: dict[str, object], names: Iterable[str]) -> str:
    """The first of these attributes that is a text and not empty (SPEC section 2)."""
    return next((value for name in names if isinstance(value := own.get(name), str) and value), "")


def _divided(
    batch: Batch,
    max_bytes: int,
    key_of: Callable[[bytes, Owner], bytes],
    owner_of: Callable[[bytes], Owner],
) -> Iterator[Keyed]:
    """The request in messages of one key and some size each; one that fits as it is stays as it is."""
    writers: dict[bytes, RequestWriter] = {}
    for group in read_groups(batch.data):
        owner = owner_of(group.header)
        for scope in group.scopes:
            for item in scope.items:
                key = key_of(item, owner)
                writer = writers.get(key)
                if writer is None:
                    writer = writers[key] = RequestWriter(batch.signal, max_bytes, client=batch.client)
                writer.add(group.header, scope.header, item)
    if len(writers) == 1 and len(batch.data) <= max_bytes:
        yield Keyed(next(iter(writers)), batch)
        return
    for key, writer in writers.items():
        for request in writer.finish():
            yield Keyed(key, request)
