"""What names a span or a log record, whoever has it."""

from __future__ import annotations

from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from otelrum.otlp.values import attributes


def key_of(item: Span | LogRecord) -> bytes:
    """A span's ids; of a record its event's name and time, of a resource event also its start and URL."""
    if isinstance(item, Span):
        return item.trace_id + item.span_id
    own = attributes(item.attributes)
    start, url = own.get("browser.resource_timing.fetch_start", ""), own.get("url.full", "")
    return f"{item.event_name}@{item.time_unix_nano}@{start}@{url}".encode()
