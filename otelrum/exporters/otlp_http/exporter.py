"""OTLP over HTTP to a backend: protobuf as the bytes that came, or JSON."""

from __future__ import annotations

import email.utils
import gzip
import zlib
from collections.abc import Callable, Mapping

import httpx
import zstandard
from google.protobuf.json_format import ParseDict, ParseError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from otelrum.collector.clock import Clock
from otelrum.collector.component import Build, Host
from otelrum.collector.errors import PermanentError, RetryableError
from otelrum.exporters.otlp_http.config import OtlpHttpConfig
from otelrum.exporters.response import receipt
from otelrum.exporters.sending import Receipt, SendingExporter
from otelrum.otlp.json import to_json
from otelrum.otlp.lazy import Batch, Signal

# OTLP specification, "OTLP/HTTP Response": these may be sent again, nothing else.
RETRYABLE = frozenset({429, 502, 503, 504})

COMPRESSIONS: Mapping[str, Callable[[bytes], bytes]] = {
    "gzip": lambda body: gzip.compress(body, 1),
    "deflate": lambda body: zlib.compress(body, 1),
    "zstd": zstandard.ZstdCompressor().compress,
}

CONTENT_TYPES = {"proto": "application/x-protobuf", "json": "application/json"}


class HttpTransport:
    """One pool of connections to one backend."""

    def __init__(self, config: OtlpHttpConfig, clock: Clock) -> None:
        self._as_json = config.encoding == "json"
        self._compress = COMPRESSIONS.get(config.compression)
        self._clock = clock
        self._tls = config.tls
        self._urls = {
            Signal.TRACES: config.traces_endpoint or f"{config.endpoint}/v1/traces",
            Signal.METRICS: config.metrics_endpoint or f"{config.endpoint}/v1/metrics",
            Signal.LOGS: config.logs_endpoint or f"{config.endpoint}/v1/logs",
        }
        self._headers = {key: value.get_secret_value() for key, value in config.headers.items()}
        self._headers["content-type"] = CONTENT_TYPES[config.encoding]
        if self._compress is not None:
            self._headers["content-encoding"] = config.compression
        self._http: httpx.AsyncClient | None = None

    async def start(self, host: Host) -> None:
        self._http = httpx.AsyncClient(headers=self._headers, trust_env=False, follow_redirects=False)

    async def send(self, batch: Batch, timeout_s: float) -> Receipt:
        assert self._http is not None, "not started"
        body = to_json(batch.signal, batch.data).encode() if self._as_json else batch.data
        content = self._compress(body) if self._compress else body
        try:
            answer = await self._http.post(self._urls[batch.signal], content=content, timeout=timeout_s)
        except httpx.TransportError as error:
            raise RetryableError(f"{type(error).__name__}: {error}", delay_s=0.0) from None
        self._raise_for(answer)
        return self._receipt(answer)

    async def close(self) -> None:
        if self._http is not None:
            await self._http.aclose()
            self._http = None

    def _raise_for(self, answer: httpx.Response) -> None:
        if answer.is_success:
            return
        text = f"HTTP {answer.status_code} from {answer.url}"
        if answer.status_code in RETRYABLE:
            raise RetryableError(text, delay_s=self._retry_after_s(answer))
        raise PermanentError(text, invalid=answer.status_code == 400)

    def _retry_after_s(self, answer: httpx.Response) -> float:
        """Retry-After as seconds or as a date (RFC 9110 section 10.2.3), where it has a meaning."""
        value = answer.headers.get("retry-after", "").strip()
        if answer.status_code not in (429, 503) or not value:
            return 0.0
        if value.isdecimal():
            return float(value)
        try:
            then_s = email.utils.parsedate_to_datetime(value).timestamp()
        except ValueError:
            return 0.0
        return max(0.0, then_s - self._clock.wall_ns() / 1e9)

    def _receipt(self, answer: httpx.Response) -> Receipt:
        if not self._as_json:
            return receipt(answer.content)
        try:
            message = ParseDict(answer.json(), ExportTraceServiceResponse(), ignore_unknown_fields=True)
        except (ValueError, ParseError):
            return Receipt(message="its answer is no export response")
        return Receipt(message.partial_success.rejected_spans, message.partial_success.error_message)


def create(config: OtlpHttpConfig, build: Build) -> SendingExporter:
    """The exporter of a Factory."""
    return SendingExporter(HttpTransport(config, build.clock), config, build)
