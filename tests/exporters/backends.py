"""Backends that answer as their test says: real servers on free ports."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import cramjam
import grpc
import grpc.aio
import lz4.frame
import uvicorn
import zstandard
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

UNPACK: Mapping[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "gzip": gzip.decompress,
    "zlib": zlib.decompress,
    "deflate": zlib.decompress,
    "lz4": lz4.frame.decompress,
    "snappy": lambda body: bytes(cramjam.snappy.decompress_raw(body)),
    "x-snappy-framed": lambda body: bytes(cramjam.snappy.decompress(body)),
    "zstd": lambda body: zstandard.decompress(body, max_output_size=1 << 26),
}


@dataclass(slots=True)
class Got:
    """One request, unpacked; `certificate` is what the sender showed over gRPC."""

    path: str
    body: bytes
    headers: Mapping[str, str]
    certificate: bytes = b""


@dataclass(slots=True)
class GrpcBackend:
    """`answers` are used up one by one: bytes are a response, a Status with its details an error."""

    answers: list[bytes | Status] = field(default_factory=list)
    got: list[Got] = field(default_factory=list)
    endpoint: str = ""
    hangs: asyncio.Event | None = None

    async def export(self, path: str, request: bytes, context: Any) -> bytes:
        shown = b"".join(context.auth_context().get("x509_pem_cert", ()))
        self.got.append(Got(path, request, dict(context.invocation_metadata()), shown))
        if self.hangs is not None:
            await self.hangs.wait()
        answer = self.answers.pop(0) if self.answers else b""
        if isinstance(answer, bytes):
            return answer
        context.set_trailing_metadata((("grpc-status-details-bin", answer.SerializeToString()),))
        await context.abort(code_of(answer.code), answer.message)
        raise AssertionError("abort raises")

    def service(self, details: grpc.HandlerCallDetails) -> Any:
        async def export(request: bytes, context: Any) -> bytes:
            return await self.export(str(details.method), request, context)

        return grpc.unary_unary_rpc_method_handler(export)


def code_of(number: int) -> grpc.StatusCode:
    return next(code for code in grpc.StatusCode if code.value[0] == number)


def status(code: grpc.StatusCode, message: str = "", retry_s: float | None = None) -> Status:
    """An answer of an OTLP server; with `retry_s` it has RetryInfo."""
    answer = Status(code=code.value[0], message=message)
    if retry_s is not None:
        info = RetryInfo()
        info.retry_delay.FromNanoseconds(int(retry_s * 1e9))
        answer.details.add().Pack(info)
    return answer


class _Service(grpc.GenericRpcHandler):
    def __init__(self, backend: GrpcBackend) -> None:
        self._backend = backend

    def service(self, details: grpc.HandlerCallDetails) -> Any:
        return self._backend.service(details)


@asynccontextmanager
async def grpc_backend(
    *answers: bytes | Status, credentials: grpc.ServerCredentials | None = None
) -> AsyncIterator[GrpcBackend]:
    """A running gRPC backend, with TLS where there are credentials."""
    backend = GrpcBackend(list(answers))
    server = grpc.aio.server(options=[("grpc.max_receive_message_length", -1)])
    server.add_generic_rpc_handlers((_Service(backend),))
    address = "127.0.0.1:0"
    bind = server.add_insecure_port if credentials is None else server.add_secure_port
    port = bind(address) if credentials is None else bind(address, credentials)  # type: ignore[call-arg]
    await server.start()
    backend.endpoint = f"127.0.0.1:{port}"
    try:
        yield backend
    finally:
        if backend.hangs is not None:
            backend.hangs.set()
        await server.stop(None)


@dataclass(slots=True)
class Reply:
    """One HTTP answer."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class HttpBackend:
    """Its `answers` are used up one by one."""

    answers: list[Reply] = field(default_factory=list)
    got: list[Got] = field(default_factory=list)
    endpoint: str = ""
    hangs: asyncio.Event | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        headers = {key.decode(): value.decode() for key, value in scope["headers"]}
        self.got.append(Got(scope["path"], UNPACK[headers.get("content-encoding", "")](body), headers))
        if self.hangs is not None:
            await self.hangs.wait()
        reply = self.answers.pop(0) if self.answers else Reply()
        fields = [(key.encode(), value.encode()) for key, value in reply.headers.items()]
        fields.append((b"content-length", b"%d" % len(reply.body)))
        await send({"type": "http.response.start", "status": reply.status, "headers": fields})
        await send({"type": "http.response.body", "body": reply.body})


@asynccontextmanager
async def http_backend(*answers: Reply, tls: Any = None) -> AsyncIterator[HttpBackend]:
    """A running HTTP backend, with TLS where there is a context for it."""
    backend, state = HttpBackend(list(answers)), ServerState()
    config = uvicorn.Config(backend, interface="asgi3", lifespan="off", ws="none", log_config=None)
    config.load()
    loop = asyncio.get_running_loop()
    protocol = partial(HttpToolsProtocol, config, state, {})
    server = await loop.create_server(protocol, "127.0.0.1", 0, ssl=tls, backlog=1024)
    port = server.sockets[0].getsockname()[1]
    backend.endpoint = f"{'https' if tls else 'http'}://localhost:{port}" if tls else f"http://127.0.0.1:{port}"
    try:
        yield backend
    finally:
        if backend.hangs is not None:
            backend.hangs.set()
        server.close()
        for connection in list(state.connections):
            connection.transport.abort()
