"""OTLP over HTTP to a backend: protobuf as the bytes that came, or JSON."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import Callable, Mapping
from typing import NamedTuple

import cramjam
import httpx
import lz4.frame
import zstandard

from otelrum.collector.auth import ClientAuthenticator, client_authenticator
from otelrum.collector.component import Build, Host
from otelrum.collector.errors import PermanentError, RetryableError
from otelrum.collector.process import USER_AGENT
from otelrum.collector.tls import FileWatch, client_context
from otelrum.exporters.otlp_http.answer import JSON, PROTOBUF, read_receipt, retry_after_s, status_text
from otelrum.exporters.otlp_http.config import OtlpHttpConfig
from otelrum.exporters.otlp_http.redirect import FOLLOWED, MAX_HOPS, redirected
from otelrum.exporters.sending import SendingExporter
from otelrum.exporters.transport import Receipt, SenderRefused, SignalRefused, TooLarge
from otelrum.otlp.batch import Batch, Signal
from otelrum.otlp.json import to_json

# OTLP specification, "OTLP/HTTP Response": these may be sent again, nothing else.
RETRYABLE = frozenset({429, 502, 503, 504})

# These judge the sender, not what it sent; so does a redirect that is not followed.
SENDER_REFUSED = frozenset({401, 403, 405, 407, *range(300, 400)})

# OTLP specification, "Message Size Limits".
MAX_ANSWER_BYTES = 4 << 20

# From here on encoding and compressing take milliseconds, which the loop must not wait for.
THREAD_BYTES = 256 << 10

COMPRESSIONS: Mapping[str, Callable[[bytes], bytes]] = {
    "gzip": lambda body: gzip.compress(body, 1),
    "zlib": lambda body: zlib.compress(body, 1),
    "deflate": lambda body: zlib.compress(body, 1),
    "zstd": zstandard.compress,
    "lz4": lz4.frame.compress,
    "snappy": lambda body: bytes(cramjam.snappy.compress_raw(body)),
    "x-snappy-framed": lambda body: bytes(cramjam.snappy.compress(body)),
}

CONTENT_TYPES = {"proto": PROTOBUF, "json": JSON}


class BackendAnswer(NamedTuple):
    """What came back."""

    status: int
    headers: httpx.Headers
    body: bytes


class HttpTransport:
    """Sends over a pool of connections, which is renewed when a certificate changes."""

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
        self._secrets: frozenset[str] = frozenset()
        """Headers of requests that no other host than the endpoint's may see."""
        self._closing: set[asyncio.Task[None]] = set()

    def endpoint(self, signal: Signal) -> str:
        return self._urls[signal]

    async def start(self, host: Host) -> None:
        self._authenticator = client_authenticator(self._config.auth, host)
        self._http = self._client()

    async def send(self, batch: Batch, timeout_s: float) -> Receipt:
        if self._files.changed():
            self._renew()
        status, headers, body = await self._answer(await self._request(batch), timeout_s)
        kind = headers.get("content-type", "")
        if 200 <= status < 300:
            if headers.get("content-encoding", "identity") != "identity":
                return Receipt(message="an answer that is compressed, although none was asked for, is not read")
            return read_receipt(body, kind, CONTENT_TYPES[self._config.encoding])
        text = f"HTTP {status}: {status_text(body, kind)}".rstrip(": ")
        if status in RETRYABLE:
            raise RetryableError(text, delay_s=retry_after_s(status, headers, self._clock.wall_ns()))
        raise _refusal(status, f"{text} {headers.get('location', '')}".rstrip())

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
        headers = {"user-agent": USER_AGENT}
        headers |= {key: value.get_secret_value() for key, value in self._config.headers.items()}
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
        self._secrets = frozenset({*self._config.headers, *headers, "authorization", "cookie"})
        name = self._config.tls.server_name_override
        sni = {"sni_hostname": name} if name else {}
        return self._http.build_request(
            "POST", self._urls[batch.signal], content=content, headers=headers, extensions=sni
        )

    def _encode(self, batch: Batch) -> bytes:
        as_json = self._config.encoding == "json"
        body = to_json(batch.signal, batch.data).encode() if as_json else batch.data
        return self._compress(body) if self._compress else body

    async def _answer(self, request: httpx.Request, timeout_s: float) -> BackendAnswer:
        """What whoever takes the request says, wherever it is sent on to."""
        try:
            async with asyncio.timeout(timeout_s or None):
                for _ in range(MAX_HOPS + 1):
                    answer = await self._post(request)
                    if answer.status not in FOLLOWED:
                        return answer
                    request = redirected(request, answer.headers.get("location", ""), self._secrets)
        except (httpx.TransportError, TimeoutError) as error:
            raise RetryableError(f"{type(error).__name__}: {error}", delay_s=0.0) from None
        raise SenderRefused(f"more than {MAX_HOPS} redirects, the last one to {request.url}")

    async def _post(self, request: httpx.Request) -> BackendAnswer:
        assert self._http is not None, "not started"
        answer = await self._http.send(request, stream=True)
        try:
            return BackendAnswer(answer.status_code, answer.headers, await _bounded(answer))
        finally:
            await answer.aclose()

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


def _refusal(status: int, text: str) -> PermanentError:
    if status == 413:
        return TooLarge(text)
    if status == 404:
        return SignalRefused(text)
    return SenderRefused(text) if status in SENDER_REFUSED else PermanentError(text, invalid=status == 400)


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
