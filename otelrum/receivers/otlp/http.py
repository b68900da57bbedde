"""OTLP/HTTP as an ASGI application: one request in, one export response or status out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

import grpc

from otelrum.collector.auth import ServerAuthenticator
from otelrum.otlp.lazy import Client, Signal
from otelrum.receivers.otlp.config import HttpProtocol
from otelrum.receivers.otlp.cors import Cors, Headers
from otelrum.receivers.otlp.inflate import inflate
from otelrum.receivers.otlp.intake import Admission, Intake
from otelrum.receivers.otlp.json_body import JsonReader
from otelrum.receivers.otlp.status import Refusal, too_large
from otelrum.receivers.otlp.success import success

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
RequestHeaders = dict[bytes, bytes]

PROTOBUF = b"application/x-protobuf"
JSON = b"application/json"

METHOD_NOT_ALLOWED = 405

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

    def __init__(
        self, config: HttpProtocol, intake: Intake, authenticator: ServerAuthenticator | None
    ) -> None:
        self._limit_bytes = config.max_request_body_size
        self._json = JsonReader(config.max_request_body_size)
        self._encodings = frozenset(config.compression_algorithms)
        self._all_headers = config.include_metadata
        self._cors = Cors(config.cors) if config.cors and config.cors.allowed_origins else None
        self._intake = intake
        self._authenticator = authenticator
        paths = {
            config.traces_url_path: Signal.TRACES,
            config.metrics_url_path: Signal.METRICS,
            config.logs_url_path: Signal.LOGS,
        }
        self._signals = {path: signal for path, signal in paths.items() if signal in intake.signals}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request: CORS before authentication, because a preflight carries no token."""
        headers: RequestHeaders = dict(scope["headers"])
        if self._cors and scope["method"] == "OPTIONS" and b"access-control-request-method" in headers:
            await _answer(send, 204, self._cors.preflight(headers), b"")
            return
        cors = self._cors.headers(headers.get(b"origin")) if self._cors else []
        kind = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
        try:
            body = await self._export(scope, headers, kind, receive)
        except Disconnected:
            return
        except Exception as error:
            await _refuse(send, self._intake.refusal(error), kind, cors)
        else:
            await _answer(send, 200, [(b"content-type", kind), *cors], body)

    async def _export(self, scope: Scope, headers: RequestHeaders, kind: bytes, receive: Receive) -> bytes:
        signal = self._signals.get(scope["path"])
        if signal is None:
            raise Refusal(grpc.StatusCode.UNIMPLEMENTED, 404, f"nothing listens at {scope['path']!r:.80}")
        if scope["method"] != "POST":
            raise Refusal(grpc.StatusCode.UNIMPLEMENTED, METHOD_NOT_ALLOWED, "only POST")
        as_json = kind == JSON
        with self._intake.admit(self._client(scope, headers)) as admission:
            if not as_json and kind != PROTOBUF:
                raise Refusal(
                    grpc.StatusCode.INVALID_ARGUMENT, 415, "send application/x-protobuf or application/json"
                )
            data = await self._body(headers, receive, admission)
            if as_json and data:
                data = await self._json.read(signal, data)
            rejected = await self._intake.take(signal, data, admission)
        return success(signal, rejected, as_json=as_json)

    async def _body(self, headers: RequestHeaders, receive: Receive, admission: Admission) -> bytes:
        length = headers.get(b"content-length")
        if length is not None and int(length) > self._limit_bytes:
            raise too_large(self._limit_bytes)
        body = await self._received(receive, admission)
        encoding = headers.get(b"content-encoding")
        if encoding is None or encoding == b"identity":
            return body
        name = encoding.decode("latin-1").lower()
        if name not in self._encodings:
            raise Refusal(
                grpc.StatusCode.INVALID_ARGUMENT, 400, f"Content-Encoding {name!r:.40} is not taken"
            )
        return await inflate(body, name, self._limit_bytes, admission.hold)

    async def _received(self, receive: Receive, admission: Admission) -> bytes:
        parts: list[bytes] = []
        size_bytes = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Disconnected
            part = message["body"]
            admission.hold(len(part))
            parts.append(part)
            size_bytes += len(part)
            if size_bytes > self._limit_bytes:
                raise too_large(self._limit_bytes)
            if not message["more_body"]:
                return part if len(parts) == 1 else b"".join(parts)

    def _client(self, scope: Scope, headers: RequestHeaders) -> Client:
        peer = scope["client"]
        address = peer[0] if peer else ""
        if not self._all_headers and self._authenticator is None:
            return Client(address, _texts(headers, CHOSEN_HEADERS))
        texts = _texts(headers, ((key, key.decode("latin-1")) for key in headers))
        auth = self._authenticator.authenticate(texts) if self._authenticator else {}
        return Client(address, texts if self._all_headers else _texts(headers, CHOSEN_HEADERS), auth)


def _texts(headers: RequestHeaders, names: Iterable[tuple[bytes, str]]) -> dict[str, str]:
    return {name: headers[key].decode("latin-1") for key, name in names if key in headers}


async def _refuse(send: Send, refusal: Refusal, kind: bytes, cors: Headers) -> None:
    as_json = kind != PROTOBUF
    headers = [(b"content-type", JSON if as_json else PROTOBUF), *cors]
    if refusal.http == METHOD_NOT_ALLOWED:
        headers.append((b"allow", b"POST"))
    if refusal.retry_after is not None:
        headers.append((b"retry-after", refusal.retry_after))
    await _answer(send, refusal.http, headers, refusal.body(as_json=as_json))


async def _answer(send: Send, status: int, headers: Headers, body: bytes) -> None:
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
