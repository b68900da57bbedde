"""What an OTLP backend answers: export responses, and statuses with their RetryInfo."""

from __future__ import annotations

from google.protobuf.message import Error
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceResponse,
)

from otelrum.exporters.transport import Receipt, SenderRefused


def receipt(body: bytes) -> Receipt:
    """Read an export response of any signal: all three have the same fields under the same numbers.

    Raises SenderRefused where it is none: whoever answers so is no backend, and has not taken the data.
    """
    try:
        partial = ExportTraceServiceResponse.FromString(body).partial_success
    except Error:
        raise SenderRefused("a success whose body is no export response: is the endpoint a backend?") from None
    return Receipt(partial.rejected_spans, partial.error_message)


def retry_delay_s(status: Status) -> float | None:
    """The delay that RetryInfo asks for; None when there is no RetryInfo."""
    for detail in status.details:
        info = RetryInfo()
        if detail.Is(RetryInfo.DESCRIPTOR) and detail.Unpack(info):
            return float(info.retry_delay.ToNanoseconds() / 1e9)
    return None
