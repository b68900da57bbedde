"""Caps on what one request may carry, for receivers that hostile browsers can reach.

Off by default, because it is the only thing here that looks into spans and records. An item over
a cap is left out and reported as rejected (OTLP specification, "Partial Success"); the others travel
with the same bytes.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TypeVar

from google.protobuf.message import Error, Message
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from otelrum.collector.clock import Clock
from otelrum.otlp.batch import Batch, ResourceGroup, Signal, parse
from otelrum.otlp.errors import MalformedOtlp
from otelrum.receivers.otlp.config import CapsConfig

ITEMS: Mapping[Signal, type[Span] | type[LogRecord]] = {Signal.TRACES: Span, Signal.LOGS: LogRecord}
M = TypeVar("M", bound=Message)

# As objects attributes may be fifty times as large as their bytes: what is larger is left out unread.
MAX_READ_BYTES = 1 << 20

# How many senders' sessions are remembered; the one that was silent longest is dropped first.
MAX_CLIENTS = 100_000


class Caps:
    """Leaves out of requests what is over the caps."""

    def __init__(self, config: CapsConfig, clock: Clock) -> None:
        self._attributes = config.attributes
        self._value_bytes = config.value_bytes
        self._session_keys = frozenset(config.session_attributes)
        self._sessions = SessionCap(config, clock)
        self.active = bool(config.attributes or config.value_bytes or config.sessions_per_client)

    def kept(self, batch: Batch, client_key: str) -> tuple[Batch, int]:
        """The request without what is over a cap, and how much that was. Raises MalformedOtlp."""
        kind = ITEMS.get(batch.signal)
        if kind is None:
            return batch, 0
        request = parse(batch.data)
        rejected = 0
        for group in request.resources:
            header = b"".join(group.resource)
            if len(header) > MAX_READ_BYTES:
                rejected += _leave_out(group, lambda item: False)
                continue
            resource = _read(Resource, header).attributes
            rejected += _leave_out(group, partial(self._fits, kind, resource, client_key))
        if not rejected:
            return batch, 0
        return Batch(batch.signal, request.SerializeToString(), batch.client), rejected

    def _fits(
        self, kind: type[Span] | type[LogRecord], resource: Iterable[KeyValue], client_key: str, data: bytes
    ) -> bool:
        if len(data) > MAX_READ_BYTES:
            return False
        item = _read(kind, data)
        if self._attributes and len(item.attributes) > self._attributes:
            return False
        if self._value_bytes and any(_size(pair.value) > self._value_bytes for pair in item.attributes):
            return False
        return self._sessions.admits(client_key, self._session(item.attributes) or self._session(resource))

    def _session(self, attributes: Iterable[KeyValue]) -> str:
        return next((pair.value.string_value for pair in attributes if pair.key in self._session_keys), "")


class SessionCap:
    """Counts the sessions that a sender had of late."""

    def __init__(self, config: CapsConfig, clock: Clock) -> None:
        self._most = config.sessions_per_client
        self._window_ns = int(config.session_window.total_seconds() * 1e9)
        self._clock = clock
        # By hash: a session's id may be a megabyte, and who finds two with one hash gains nothing.
        self._by_client: OrderedDict[str, OrderedDict[int, int]] = OrderedDict()

    def admits(self, client_key: str, session: str) -> bool:
        """Whether this session is known, or one more is allowed."""
        if not self._most or not session:
            return True
        key, now_ns = hash(session), self._clock.now_ns()
        sessions = self._by_client.pop(client_key, None) or OrderedDict()
        self._by_client[client_key] = sessions
        if len(self._by_client) > MAX_CLIENTS:
            self._by_client.popitem(last=False)
        while sessions and now_ns - next(iter(sessions.values())) > self._window_ns:
            sessions.popitem(last=False)
        if key not in sessions and len(sessions) >= self._most:
            return False
        sessions[key] = now_ns
        sessions.move_to_end(key)
        return True


def _leave_out(group: ResourceGroup, fits: Callable[[bytes], bool]) -> int:
    left_out = 0
    for scope in group.scopes:
        kept = [item for item in scope.items if fits(item)]
        if len(kept) < len(scope.items):
            left_out += len(scope.items) - len(kept)
            del scope.items[:]
            scope.items.extend(kept)
    return left_out


def _size(value: AnyValue) -> int:
    return len(value.string_value.encode()) if value.HasField("string_value") else int(value.ByteSize())


def _read(kind: type[M], data: bytes) -> M:
    try:
        return kind.FromString(data)
    except Error as error:
        raise MalformedOtlp(f"not an OTLP request: {error}") from error
