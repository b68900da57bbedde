"""Whether a request is OTLP through and through: every field, every text, by the official messages."""

from __future__ import annotations

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from otelrum.otlp.batch import Signal
from otelrum.otlp.errors import MalformedOtlp


def check(signal: Signal, data: bytes) -> None:
    """Raises MalformedOtlp where a request of traces or logs is not valid. One parse of all costs little."""
    message = ExportLogsServiceRequest if signal is Signal.LOGS else ExportTraceServiceRequest
    try:
        message.FromString(data)
    except DecodeError as error:
        raise MalformedOtlp(f"not an OTLP request: {error}") from error
