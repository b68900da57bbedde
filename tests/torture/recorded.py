"""Users who do what real ones did: recorded sessions, spans and log records, as new ones that begin now."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from otelrum.otlp.batch import Signal
from tests.processors.rum_action.captures import GOLDEN, load, requests_of
from tests.torture.keys import key_of
from tests.torture.users import Request

MS = 10**6
SESSIONS = frozenset({"session.id", "session_id", "rum.session_id"})


class Recording(NamedTuple):
    """One session: its requests as they came, and its earliest time."""

    requests: list[tuple[float, Signal, bytes]]
    first_ns: int


def recordings() -> list[Recording]:
    """All recorded sessions."""
    found = (requests_of(load(path)) for path in sorted(GOLDEN.glob("*.json")))
    return [Recording(one, min(_times(one))) for one in found]


class RecordedUser:
    """Each act is a recorded session of its own, with ids and times of its own."""

    def __init__(self, number: int, seed: int, recordings: Sequence[Recording]) -> None:
        self._chance = random.Random(f"{seed}/{number}")
        self._recordings = recordings

    def act(self, now_s: float) -> tuple[list[Request], None]:
        """The requests of one session at their recorded distances."""
        recording = self._chance.choice(self._recordings)
        renewed = Renewed(self._chance.randbytes(8), time.time_ns() - recording.first_ns)
        sent = [
            _request(now_s + at_ms / 1000, signal, renewed.request(signal, body))
            for at_ms, signal, body in recording.requests
        ]
        return sent, None


class Renewed:
    """Makes the same of the same id, and another of another."""

    def __init__(self, salt: bytes, later_ns: int) -> None:
        self._salt = salt
        self._later_ns = later_ns

    def request(self, signal: Signal, body: bytes) -> Any:
        """A recorded request as one of a new session."""
        request = _parsed(signal, body)
        for resource, items in _groups(request):
            self._sessions(resource.attributes)
            for item in items:
                self._item(item)
        return request

    def _item(self, item: Any) -> None:
        for name in ("trace_id", "span_id", "parent_span_id"):
            if value := getattr(item, name, b""):
                setattr(item, name, self._id(value))
        for name in ("start_time_unix_nano", "end_time_unix_nano", "time_unix_nano", "observed_time_unix_nano"):
            if value := getattr(item, name, 0):
                setattr(item, name, value + self._later_ns)
        for event in getattr(item, "events", ()):
            event.time_unix_nano += self._later_ns
        self._sessions(item.attributes)

    def _sessions(self, attributes: Any) -> None:
        for pair in attributes:
            if pair.key in SESSIONS:
                pair.value.string_value = self._id(pair.value.string_value.encode()).hex()

    def _id(self, value: bytes) -> bytes:
        size = len(value) if len(value) in (8, 16) else 16
        return hashlib.sha256(self._salt + value).digest()[:size]


def _parsed(signal: Signal, body: bytes) -> Any:
    return (ExportLogsServiceRequest if signal is Signal.LOGS else ExportTraceServiceRequest).FromString(body)


def _groups(request: Any) -> Iterator[tuple[Any, list[Any]]]:
    """Each resource with its spans or log records."""
    if isinstance(request, ExportLogsServiceRequest):
        for logs in request.resource_logs:
            yield logs.resource, [record for scope in logs.scope_logs for record in scope.log_records]
    else:
        for spans in request.resource_spans:
            yield spans.resource, [span for scope in spans.scope_spans for span in scope.spans]


def _times(requests: list[tuple[float, Signal, bytes]]) -> Iterator[int]:
    for _, signal, body in requests:
        for _, items in _groups(_parsed(signal, body)):
            for item in items:
                if time_ns := getattr(item, "start_time_unix_nano", 0) or getattr(item, "time_unix_nano", 0):
                    yield time_ns


def _request(at_s: float, signal: Signal, request: Any) -> Request:
    keys = tuple(key_of(item) for _, items in _groups(request) for item in items)
    return Request(at_s, request.SerializeToString(), keys, signal)
