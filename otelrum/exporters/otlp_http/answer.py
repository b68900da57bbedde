"""What a backend answers over HTTP: receipts, statuses, and when to come again."""

from __future__ import annotations

import email.utils
from collections.abc import Mapping

from google.protobuf.json_format import Parse, ParseError
from google.protobuf.message import Error
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceResponse,
)

from otelrum.exporters.response import receipt
from otelrum.exporters.transport import Receipt, SenderRefused

# Thirty years: a longer text of digits is no time to wait.
MAX_DIGITS = 9

# What of a foreign error text goes into our log.
MAX_TEXT = 200


PROTOBUF, JSON = "application/x-protobuf", "application/json"


def read_receipt(body: bytes, content_type: str, asked_type: str) -> Receipt:
    """The export response of a 2xx answer; without a type it is of the request's. An empty body is one too.

    Raises SenderRefused where it is none (a login page, an ingress): nobody has taken the data.
    """
    kind = content_type.partition(";")[0].strip().lower() or asked_type
    if not body:
        return Receipt()
    if kind == PROTOBUF:
        return receipt(body)
    if kind != JSON:
        raise SenderRefused(f"a success whose body is {kind:.80}, no export response: is the endpoint a backend?")
    response = ExportTraceServiceResponse()
    try:
        if not body.lstrip().startswith(b"{"):
            raise ValueError("no object")
        # Logs and metrics name the count otherwise, under the same number.
        text = body.replace(b"rejectedLogRecords", b"rejectedSpans").replace(b"rejectedDataPoints", b"rejectedSpans")
        Parse(text, response, ignore_unknown_fields=True)
    except (ValueError, ParseError):
        raise SenderRefused("a success whose JSON is no export response: is the endpoint a backend?") from None
    return Receipt(response.partial_success.rejected_spans, response.partial_success.error_message)


def retry_after_s(status: int, headers: Mapping[str, str], now_unix_ns: int) -> float:
    """Retry-After as seconds or as a date (RFC 9110 section 10.2.3); 0 where it has no meaning."""
    value = headers.get("retry-after", "").strip()
    if status not in (429, 503) or not value:
        return 0.0
    if value.isdecimal() and len(value) <= MAX_DIGITS:
        return float(value)
    try:
        then_s = email.utils.parsedate_to_datetime(value).timestamp()
    except (ValueError, OverflowError):
        return 0.0
    return max(0.0, then_s - now_unix_ns / 1e9)


def status_text(body: bytes, content_type: str) -> str:
    """The message of a `google.rpc.Status`, or the beginning of whatever else came."""
    if content_type.startswith("application/x-protobuf"):
        try:
            return str(Status.FromString(body).message)[:MAX_TEXT]
        except Error:
            return "a broken status"
    return body[:MAX_TEXT].decode("utf-8", "replace")
