"""OTLP over HTTP to a backend: protobuf as the bytes that came, or JSON."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import Callable, Mapping

import httpx
import zstandard

from otelrum.collector.auth import ClientAuthenticator, client_authenticator
from otelrum.collector.component import Build, Host
from otelrum.collector.errors import PermanentError, RetryableError
from otelrum.collector.tls import FileWatch, client_context
from otelrum.exporters.otlp_http.answer import read_receipt, retry_after_s, status_text
from otelrum.exporters.otlp_http.config import OtlpHttpConfig
from otelrum.exporters.sending import Receipt, SenderRefused, SendingExporter
from otelrum.otlp.batch import Batch, Signal
from otelrum.otlp.json import to_json

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

    def __init__(self, config: OtlpHttpConfig, build: Build) -> None:
        self._config = config
        self._clock = build.clock
        self._log = build.log
        self._compress = COMPRESSIONS.get(config.compression)
        self._urls = {
            Signal.TRACES: config.traces_endpoint or f"{config.endpoint}/v1/traces",
            Signal.METRICS: config.metrics_endpoint or f"{config.endpoint}/v1/metrics",
            Signal.LOGS: config.logs_endpoint or f"{config.endpoint}/v1/logs",
        }
        tls = config.tls
        self._files = FileWatch((tls.ca_file, tls.cert_file, tls.key_file), tls.reload_interval, build.clock)
        self._authenticator: ClientAuthenticator | None = None
        self._http: httpx.AsyncClient | None = None
        self._closing: set[asyncio.Task[None]] = set()

    async def start(self, host: Host) -> None:
        self._authenticator = client_authenticator(self._config.auth, host)
        self._http = self._client()

    async def send(self, batch: Batch, timeout_s: float) -> Receipt:
        if self._files.changed():
            self._renew()
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
        http, self._http = self._http, None
        if http is not None:
            await http.aclose()
        for closing in self._closing:
            closing.cancel()
        if self._closing:
            await asyncio.wait(self._closing)

    def _client(self) -> httpx.AsyncClient:
        """Raises OSError where a file is missing or no certificate."""
        return httpx.AsyncClient(
            headers=self._headers(),
            verify=client_context(self._config.tls),
            proxy=self._config.proxy_url or None,
            follow_redirects=False,
            timeout=None,  # an attempt has one, of our own
            limits=httpx.Limits(),  # as many connections as there are consumers
        )

    def _headers(self) -> dict[bytes, bytes]:
        headers = {key: value.get_secret_value() for key, value in self._config.headers.items()}
        headers["content-type"] = CONTENT_TYPES[self._config.encoding]
        headers["accept-encoding"] = "identity"  # answers are tiny, and none may be a bomb
        if self._compress is not None:
            headers["content-encoding"] = self._config.compression
        return {key.encode(): value.encode() for key, value in headers.items()}

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
        try:
            async with asyncio.timeout(timeout_s or None):
                answer = await self._http.send(request, stream=True)
                try:
                    return answer.status_code, answer.headers, await _bounded(answer)
                finally:
                    await answer.aclose()
        except (httpx.TransportError, TimeoutError) as error:
            raise RetryableError(f"{type(error).__name__}: {error}", delay_s=0.0) from None

    def _renew(self) -> None:
        """New connections with the new certificates; the old ones end with their requests."""
        old = self._http
        try:
            self._http = self._client()
        except OSError as error:  # half written: it is looked at again when it changes again
            self._log.error("keeping the certificates that were read before: %s", error)
            return
        if old is not None:
            closing = asyncio.create_task(self._retire(old))
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)

    async def _retire(self, http: httpx.AsyncClient) -> None:
        try:
            await self._clock.sleep(self._config.timeout.total_seconds())
        finally:
            await http.aclose()


async def _bounded(answer: httpx.Response) -> bytes:
    body = bytearray()
    async for part in answer.aiter_raw():
        body += part
        if len(body) > MAX_ANSWER_BYTES:
            raise SenderRefused(f"HTTP {answer.status_code}: the answer is larger than {MAX_ANSWER_BYTES} bytes")
    return bytes(body)


def create(config: OtlpHttpConfig, build: Build) -> SendingExporter:
    """The exporter of a Factory."""
    return SendingExporter(HttpTransport(config, build), config, build)
