"""The one place that says what an OTLP client hears, over gRPC and over HTTP: of a success, and of each error.

OTLP specification, "Failures" and "OTLP/HTTP Throttling": what may be sent again is said by the
status, when it may be sent again by RetryInfo and Retry-After.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

import grpc
from google.protobuf.json_format import MessageToJson
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from mypy_extensions import mypyc_attr
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from otelrum.collector.auth import Unauthenticated
from otelrum.collector.errors import OtelrumError, PermanentError, RetryableError
from otelrum.otlp.batch import Signal
from otelrum.otlp.errors import MalformedOtlp

RESPONSES: Mapping[Signal, tuple[type[Message], str]] = {
    Signal.TRACES: (ExportTraceServiceResponse, "rejected_spans"),
    Signal.METRICS: (ExportMetricsServiceResponse, "rejected_data_points"),
    Signal.LOGS: (ExportLogsServiceResponse, "rejected_log_records"),
}

WHY = "over the caps of this receiver on attributes, value lengths or sessions"


@mypyc_attr(native_class=False)  # of an error that is not compiled: as a compiled class it would crash
class Refusal(OtelrumError):
    """A request was not taken: both statuses, a text for the sender, seconds to wait (None: never again)."""

    def __init__(self, code: grpc.StatusCode, http: int, message: str, delay_s: float | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.http = http
        self.message = message
        self.delay_s = delay_s
        self.challenge = ""
        self.foreseen = True

    def status(self) -> Status:
        """The `google.rpc.Status` of this refusal, with RetryInfo where it may be sent again."""
        status = Status(code=self.code.value[0], message=self.message)
        if self.delay_s is not None:
            info = RetryInfo()
            info.retry_delay.FromNanoseconds(int(self.delay_s * 1e9))
            status.details.add().Pack(info)
        return status

    def body(self, *, as_json: bool) -> bytes:
        """The status in the request's encoding."""
        status = self.status()
        return MessageToJson(status, indent=None).encode() if as_json else status.SerializeToString()

    @property
    def retry_after(self) -> bytes | None:
        """Whole seconds for the Retry-After header, rounded up: zero would mean at once."""
        return None if self.delay_s is None else str(max(1, math.ceil(self.delay_s))).encode()


def refusal_of(error: Exception) -> Refusal:
    """What the sender hears about this error.

    An error that nobody foresaw may be sent again: 500 and UNKNOWN would lose the data for good,
    and its text stays here, because it may show internals.
    """
    match error:
        case Refusal():
            return error
        case MalformedOtlp() | PermanentError(invalid=True):
            return Refusal(grpc.StatusCode.INVALID_ARGUMENT, 400, str(error))
        case PermanentError():
            return Refusal(grpc.StatusCode.INTERNAL, 500, str(error))
        case RetryableError():
            return Refusal(grpc.StatusCode.UNAVAILABLE, 503, str(error), error.delay_s)
        case Unauthenticated():
            refusal = Refusal(grpc.StatusCode.UNAUTHENTICATED, 401, str(error))
            refusal.challenge = error.challenge
            return refusal
        case _:
            refusal = Refusal(grpc.StatusCode.UNAVAILABLE, 503, "internal error", 1.0)
            refusal.foreseen = False
            return refusal


def too_large(limit_bytes: int) -> Refusal:
    """OTLP specification, "Message Size Limits": 413, and never again."""
    text = f"the request is larger than {limit_bytes} bytes, as sent or decompressed"
    return Refusal(grpc.StatusCode.RESOURCE_EXHAUSTED, 413, text)


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
