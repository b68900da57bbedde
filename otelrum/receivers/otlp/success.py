"""What a sender hears when its request was taken, whole or in part."""

from __future__ import annotations

import json
from collections.abc import Mapping

from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceResponse,
)
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceResponse,
)

from otelrum.otlp.batch import Signal

RESPONSES: Mapping[Signal, tuple[type[Message], str]] = {
    Signal.TRACES: (ExportTraceServiceResponse, "rejected_spans"),
    Signal.METRICS: (ExportMetricsServiceResponse, "rejected_data_points"),
    Signal.LOGS: (ExportLogsServiceResponse, "rejected_log_records"),
}

WHY = "over the caps of this receiver on attributes, value lengths or sessions"


def success(signal: Signal, rejected: int, *, as_json: bool) -> bytes:
    """The export response; `partial_success` is there only when something was rejected."""
    if not rejected:
        return b"{}" if as_json else b""
    response, count = RESPONSES[signal]
    if not as_json:
        return response(partial_success={count: rejected, "error_message": WHY}).SerializeToString()
    first, *rest = count.split("_")
    name = first + "".join(word.capitalize() for word in rest)
    return json.dumps({"partialSuccess": {name: str(rejected), "errorMessage": WHY}}).encode()
