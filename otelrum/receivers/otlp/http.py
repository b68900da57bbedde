"""OTLP/HTTP as an ASGI application: one request in, one export response or status out."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import grpc

from otelrum.otlp.json import from_json
from otelrum.otlp.lazy import Batch, Client, Signal
from otelrum.receivers.otlp.config import HttpProtocol
from otelrum.receivers.otlp.cors import Cors
from otelrum.receivers.otlp.inflate import inflate
from otelrum.receivers.otlp.intake import Intake
from otelrum.receivers.otlp.status import Refusal, refusal_of, too_large

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
RequestHeaders = dict[bytes, bytes]

PROTOBUF = b"application/x-protobuf"
JSON = b"application/json"

# What processors ask for; all headers travel with `include_metadata`.
CHOSEN_HEADERS = (
    (b"user-agent", "user-agent"),
    (b"x-forwarded-for", "x-forwarded-for"),
    (b"origin", "origin"),
)


class Disconnected(Exception):
    """The client went away before its request was whole: there is nobody to answer."""


class OtlpHttp:
    """The ASGI application."""

    def __init__(self, config: HttpProtocol, intake: Intake, log: logging.Logger) -> None:
        self._limit_bytes = config.max_request_body_size
        self._encodings = frozenset(config.compression_algorithms)
        self._all_headers = config.include_metadata
        self._cors = Cors(config.cors) if config.cors and config.cors.allowed_origins else None
        self._intake = intake
        self._log = log
        paths = {
            config.traces_url_path: Signal.TRACES,
            config.metrics_url_path: Signal.METRICS,
            config.logs_url_path: Signal.LOGS,
        }
        self._signals = {path: signal for path, signal in paths.items() if signal in intake.signals}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers: RequestHeaders = dict(scope["headers"])
        if self._cors and scope["method"] == "OPTIONS" and b"access-control-request-method" in headers:
            await _answer(send, 204, self._cors.preflight(headers), b"")
            return
        cors = self._cors.headers(headers.get(b"origin")) if self._cors else []
        kind = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
        try:
            await self._export(scope, headers, kind, receive)
        except Disconnected:
            return
        except Exception as error:
            await self._refuse(send, self._told(error), kind, cors)
        else:
            await _answer(send, 200, [(b"content-type", kind), *cors], b"{}" if kind == JSON else b"")

    async def _export(self, scope: Scope, headers: RequestHeaders, kind: bytes, receive: Receive) -> None:
        signal = self._signals.get(scope["path"])
        if signal is None:
            raise Refusal(grpc.StatusCode.UNIMPLEMENTED, 404, f"nothing listens at {scope['path']!r:.80}")
        if scope["method"] != "POST":
            raise Refusal(grpc.StatusCode.UNIMPLEMENTED, 405, "only POST")
        if kind not in (PROTOBUF, JSON):
            raise Refusal(
                grpc.StatusCode.INVALID_ARGUMENT, 415, "send application/x-protobuf or application/json"
            )
        body = await self._body(headers, receive)
        data = from_json(signal, body) if kind == JSON and body else body
        await self._intake.take(Batch(signal, data, self._client(scope, headers)))

    async def _body(self, headers: RequestHeaders, receive: Receive) -> bytes:
        length = headers.get(b"content-length")
        if length is not None and int(length) > self._limit_bytes:
            raise too_large(self._limit_bytes)
        body = await self._received(receive)
        encoding = headers.get(b"content-encoding")
        if encoding is None or encoding == b"identity":
            return body
        name = encoding.decode("latin-1").lower()
        return await inflate(body, name if name in self._encodings else "", self._limit_bytes)

    async def _received(self, receive: Receive) -> bytes:
        parts: list[bytes] = []
        size_bytes = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Disconnected
            parts.append(message["body"])
            size_bytes += len(message["body"])
            if size_bytes > self._limit_bytes:
                raise too_large(self._limit_bytes)
            if not message["more_body"]:
                return parts[0] if len(parts) == 1 else b"".join(parts)

    def _client(self, scope: Scope, headers: RequestHeaders) -> Client:
        peer = scope["client"]
        if self._all_headers:
            chosen = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers.items()}
        else:
            chosen = {name: headers[key].decode("latin-1") for key, name in CHOSEN_HEADERS if key in headers}
        return Client(peer[0] if peer else "", chosen)

    def _told(self, error: Exception) -> Refusal:
        refusal = refusal_of(error)
        if refusal.message == "internal error":
            self._log.error("a request failed in a way nobody foresaw", exc_info=error)
        return refusal

    async def _refuse(
        self, send: Send, refusal: Refusal, kind: bytes, cors: list[tuple[bytes, bytes]]
    ) -> None:
        as_json = kind != PROTOBUF
        headers = [(b"content-type", JSON if as_json else PROTOBUF), *cors]
        if refusal.retry_after is not None:
            headers.append((b"retry-after", refusal.retry_after))
        await _answer(send, refusal.http, headers, refusal.body(as_json=as_json))


async def _answer(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
