"""OTLP/HTTP: one request in, one export response or status out. Sockets are `http_connection`'s."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

import grpc

from otelrum.collector.auth import ServerAuthenticator
from otelrum.otlp.batch import Client, Signal
from otelrum.receivers.otlp.answers import Refusal, success, too_large
from otelrum.receivers.otlp.config import HttpProtocol
from otelrum.receivers.otlp.cors import Cors, Headers
from otelrum.receivers.otlp.inflate import inflate
from otelrum.receivers.otlp.intake import Admission, Intake
from otelrum.receivers.otlp.json_body import JsonReader
from otelrum.receivers.otlp.refused_origins import RefusedOrigins

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


class Head(NamedTuple):
    """A request without its body; names of headers are in lower case."""

    method: bytes
    url: bytes
    headers: RequestHeaders
    peer: str
    """Its address without the port."""

    @property
    def path(self) -> bytes:
        path = self.url.partition(b"?")[0]
        return unquote_to_bytes(path) if b"%" in path else path


class Answer(NamedTuple):
    """What the client hears."""

    status: int
    headers: Headers
    body: bytes

    def lines(self) -> list[bytes]:
        """The headers as they stand on the wire, the body's length among them."""
        lines = [b"%b: %b\r\n" % header for header in self.headers]
        lines.append(b"content-length: %d\r\n" % len(self.body))
        return lines


class OtlpHttp:
    """The application: makes an exchange of each request."""

    def __init__(
        self,
        config: HttpProtocol,
        intake: Intake,
        authenticator: ServerAuthenticator | None,
        refused_origins: RefusedOrigins,
    ) -> None:
        self.intake = intake
        self.limit_bytes = config.max_request_body_size
        self.json = JsonReader(config.max_request_body_size)
        self.encodings = frozenset(config.compression_algorithms)
        self._all_headers = config.include_metadata
        self._cors: Cors | None = None
        if config.cors and config.cors.allowed_origins:
            self._cors = Cors(config.cors, refused_origins.note)
        self._refused_origins = refused_origins
        self._authenticator = authenticator
        paths = {
            config.traces_url_path: Signal.TRACES,
            config.metrics_url_path: Signal.METRICS,
            config.logs_url_path: Signal.LOGS,
        }
        self._signals = {path.encode(): signal for path, signal in paths.items() if signal in intake.signals}

    def open(self, head: Head) -> Exchange:
        """What becomes of a request whose headers are there."""
        return Exchange(self, head)

    def preflight(self, head: Head) -> Answer | None:
        """CORS comes before authentication, because a preflight carries no token."""
        if head.method != b"OPTIONS" or b"access-control-request-method" not in head.headers:
            return None
        if self._cors is None:
            self._refused_origins.note(head.headers.get(b"origin", b"null"))
            return None
        return Answer(204, self._cors.preflight(head.headers), b"")

    def cors(self, head: Head) -> Headers:
        """What every answer to this request carries."""
        return self._cors.headers(head.headers.get(b"origin")) if self._cors else []

    def signal(self, head: Head) -> Signal:
        """Whose path it is. Raises Refusal."""
        signal = self._signals.get(head.path)
        if signal is None:
            text = head.path.decode("latin-1")
            raise Refusal(grpc.StatusCode.UNIMPLEMENTED, 404, f"nothing listens at {text!r:.80}")
        if head.method != b"POST":
            raise Refusal(grpc.StatusCode.UNIMPLEMENTED, METHOD_NOT_ALLOWED, "only POST")
        return signal

    def client(self, head: Head) -> Client:
        """Who sends it. Raises Unauthenticated."""
        headers = head.headers
        if not self._all_headers and self._authenticator is None:
            return Client(head.peer, _texts(headers, CHOSEN_HEADERS))
        texts = _texts(headers, ((key, key.decode("latin-1")) for key in headers))
        auth = self._authenticator.authenticate(texts) if self._authenticator else {}
        return Client(head.peer, texts if self._all_headers else _texts(headers, CHOSEN_HEADERS), auth)


class Exchange:
    """One request and what it hears. Whoever opened it passes the parts of its body, and closes it."""

    def __init__(self, app: OtlpHttp, head: Head) -> None:
        self._app = app
        self._head = head
        self._kind = head.headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
        self._parts: list[bytes] = []
        self._size_bytes = 0
        self._admission: Admission | None = None
        self._cors: Headers = []
        self.refused = app.preflight(head)
        """The answer that is known before the request is whole."""
        if self.refused is None:
            self._cors = app.cors(head)
            self._admit()

    def take(self, part: bytes) -> Answer | None:
        """A part of the body; what the client hears when that is too much."""
        assert self._admission is not None
        try:
            self._admission.hold(len(part))
            self._parts.append(part)
            self._size_bytes += len(part)
            if self._size_bytes > self._app.limit_bytes:
                raise too_large(self._app.limit_bytes)
        except Exception as error:
            self.refused = self._refusal(error)
        return self.refused

    async def answer(self) -> Answer:
        """Hand the whole request on."""
        try:
            body = await self._export()
        except Exception as error:
            return self._refusal(error)
        return Answer(200, [(b"content-type", self._kind), *self._cors], body)

    def close(self) -> None:
        """Its bytes are held no more."""
        self._parts = []
        if self._admission is not None:
            self._admission.release()
            self._admission = None

    def _admit(self) -> None:
        try:
            self._signal = self._app.signal(self._head)
            self._admission = self._app.intake.admit(self._app.client(self._head))
            if self._kind not in (PROTOBUF, JSON):
                text = "send application/x-protobuf or application/json"
                raise Refusal(grpc.StatusCode.INVALID_ARGUMENT, 415, text)
            length = self._head.headers.get(b"content-length")
            if length is not None and int(length) > self._app.limit_bytes:
                raise too_large(self._app.limit_bytes)
        except Exception as error:
            self.refused = self._refusal(error)

    async def _export(self) -> bytes:
        admission, as_json = self._admission, self._kind == JSON
        assert admission is not None
        data = await self._inflated(b"".join(self._parts), admission)
        self._parts = []
        if as_json and data:
            data = await self._app.json.read(self._signal, data)
        rejected = await self._app.intake.take(self._signal, data, admission)
        return success(self._signal, rejected, as_json=as_json)

    async def _inflated(self, body: bytes, admission: Admission) -> bytes:
        value = self._head.headers.get(b"content-encoding")
        coding = content_coding(value) if value else ""
        if not coding:
            return body
        if coding not in self._app.encodings:
            text = f"Content-Encoding {coding!r:.40} is not taken"
            raise Refusal(grpc.StatusCode.INVALID_ARGUMENT, 400, text)
        return await inflate(body, coding, self._app.limit_bytes, admission.hold)

    def _refusal(self, error: Exception) -> Answer:
        refusal, as_json = self._app.intake.refusal(error), self._kind != PROTOBUF
        headers = [(b"content-type", JSON if as_json else PROTOBUF), *self._cors]
        if refusal.http == METHOD_NOT_ALLOWED:
            headers.append((b"allow", b"POST"))
        if refusal.challenge:
            headers.append((b"www-authenticate", refusal.challenge.encode("latin-1", "replace")))
        if refusal.retry_after is not None:
            headers.append((b"retry-after", refusal.retry_after))
        return Answer(refusal.http, headers, refusal.body(as_json=as_json))


def content_coding(value: bytes) -> str:
    """The coding that a Content-Encoding names; empty for none (RFC 9110 section 8.4).

    It is a list: its empty elements and `identity` mean nothing, case neither, and `x-gzip` is `gzip`.
    """
    names = (name.strip() for name in value.decode("latin-1").lower().split(","))
    codings = ("gzip" if name == "x-gzip" else name for name in names if name not in ("", "identity"))
    return ", ".join(codings)


def _texts(headers: RequestHeaders, names: Iterable[tuple[bytes, str]]) -> dict[str, str]:
    return {name: headers[key].decode("latin-1") for key, name in names if key in headers}
