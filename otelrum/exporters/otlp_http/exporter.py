"""OTLP over HTTP to a backend: protobuf as the bytes that came, or JSON."""

from __future__ import annotations

import asyncio
import gzip
import ssl
import zlib
from collections.abc import Callable, Mapping

import httpx
import zstandard

from otelrum.collector.auth import ClientAuthenticator, client_authenticator
from otelrum.collector.clock import Clock
from otelrum.collector.component import Build, Host
from otelrum.collector.errors import PermanentError, RetryableError
from otelrum.collector.tls import FileWatch, client_context
from otelrum.exporters.otlp_http.answer import read_receipt, retry_after_s, status_text
from otelrum.exporters.otlp_http.config import OtlpHttpConfig
from otelrum.exporters.sending import Receipt, SenderRefused, SendingExporter
from otelrum.otlp.json import to_json
from otelrum.otlp.lazy import Batch, Signal

# OTLP specification, "OTLP/HTTP Response": these may be sent again, nothing else.
RETRYABLE = frozenset({429, 502, 503, 504})

# These judge the sender, not what it sent.
SENDER_REFUSED = frozenset({401, 403, 404, 405, 407})

# OTLP specification, "Message Size Limits".
MAX_ANSWER_BYTES = 4 << 20

# From here on encoding and compressing take milliseconds, which the loop must not wait for.
THREAD_BYTES = 256 << 10

COMPRESSIONS: Mapping[str, Callable[[bytes], bytes]] = {
    "gzip": lambda body: gzip.compress(body, 1),
    "deflate": lambda body: zlib.compress(body, 1),
    "zstd": zstandard.compress,
}

CONTENT_TYPES = {"proto": "application/x-protobuf", "json": "application/json"}


class HttpTransport:
    """One pool of connections to one backend."""

    def __init__(self, config: OtlpHttpConfig, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._compress = COMPRESSIONS.get(config.compression)
        self._urls = {
            Signal.TRACES: config.traces_endpoint or f"{config.endpoint}/v1/traces",
            Signal.METRICS: config.metrics_endpoint or f"{config.endpoint}/v1/metrics",
            Signal.LOGS: config.logs_endpoint or f"{config.endpoint}/v1/logs",
        }
        tls = config.tls
        self._files = FileWatch((tls.cert_file, tls.key_file), tls.reload_interval, clock)
        self._authenticator: ClientAuthenticator | None = None
        self._tls: ssl.SSLContext | None = None
        self._http: httpx.AsyncClient | None = None

    async def start(self, host: Host) -> None:
        config = self._config
        self._authenticator = client_authenticator(config.auth, host)
        self._tls = client_context(config.tls)
        self._http = httpx.AsyncClient(
            headers=self._headers(), verify=self._tls, proxy=config.proxy_url or None, follow_redirects=False
        )

    async def send(self, batch: Batch, timeout_s: float) -> Receipt:
        status, headers, body = await self._post(await self._request(batch), timeout_s)
        if 200 <= status < 300:
            return read_receipt(body, as_json=self._config.encoding == "json")
        text = f"HTTP {status}: {status_text(body, headers.get('content-type', ''))}"
        if status in RETRYABLE:
            raise RetryableError(text, delay_s=retry_after_s(status, headers, self._clock.wall_ns()))
        if status in SENDER_REFUSED:
            raise SenderRefused(text)
        raise PermanentError(text, invalid=status == 400)

    async def close(self) -> None:
        if self._http is not None:
            await self._http.aclose()
            self._http = None

    def _headers(self) -> dict[str, str]:
        headers = {key: value.get_secret_value() for key, value in self._config.headers.items()}
        headers["content-type"] = CONTENT_TYPES[self._config.encoding]
        headers["accept-encoding"] = "identity"  # answers are tiny, and none may be a bomb
        if self._compress is not None:
            headers["content-encoding"] = self._config.compression
        return headers

    async def _request(self, batch: Batch) -> httpx.Request:
        assert self._http is not None, "not started"
        if len(batch.data) < THREAD_BYTES:
            content = self._encode(batch)
        else:
            content = await asyncio.to_thread(self._encode, batch)
        headers = dict(self._authenticator.headers()) if self._authenticator else {}
        name = self._config.tls.server_name_override
        sni = {"sni_hostname": name} if name else {}
        return self._http.build_request(
            "POST", self._urls[batch.signal], content=content, headers=headers, extensions=sni
        )

    def _encode(self, batch: Batch) -> bytes:
        as_json = self._config.encoding == "json"
        body = to_json(batch.signal, batch.data).encode() if as_json else batch.data
        return self._compress(body) if self._compress else body

    async def _post(self, request: httpx.Request, timeout_s: float) -> tuple[int, httpx.Headers, bytes]:
        assert self._http is not None, "not started"
        self._reload()
        try:
            async with asyncio.timeout(timeout_s or None):
                answer = await self._http.send(request, stream=True)
                try:
                    return answer.status_code, answer.headers, await _bounded(answer)
                finally:
                    await answer.aclose()
        except (httpx.TransportError, TimeoutError) as error:
            raise RetryableError(f"{type(error).__name__}: {error}", delay_s=0.0) from None

    def _reload(self) -> None:
        """New connections show the new certificate; the ones that are there live on."""
        if self._files.changed() and self._tls is not None:
            self._tls.load_cert_chain(self._config.tls.cert_file, self._config.tls.key_file)


async def _bounded(answer: httpx.Response) -> bytes:
    body = bytearray()
    async for part in answer.aiter_raw():
        body += part
        if len(body) > MAX_ANSWER_BYTES:
            raise SenderRefused(
                f"HTTP {answer.status_code}: the answer is larger than {MAX_ANSWER_BYTES} bytes"
            )
    return bytes(body)


def create(config: OtlpHttpConfig, build: Build) -> SendingExporter:
    """The exporter of a Factory."""
    return SendingExporter(HttpTransport(config, build.clock), config, build)
