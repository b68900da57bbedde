"""The least that a gateway in Python costs: raw request bytes in, joined for 200 ms, out. No span is looked at.

    python -m tests.bench.floor GRPC_PORT HTTP_PORT BACKEND

gRPC is grpcio's, HTTP uvicorn's on httptools.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import Any

import grpc
import uvicorn
import uvloop
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
JOINED_S = 0.2
UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


class Floor(grpc.GenericRpcHandler):
    """Takes, joins and sends."""

    def __init__(self) -> None:
        self.waiting: list[bytes] = []

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[bytes, bytes] | None:
        return grpc.unary_unary_rpc_method_handler(self.take) if details.method == EXPORT else None

    async def take(self, request: bytes, context: object) -> bytes:
        self.waiting.append(request)
        return b""

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """As an ASGI application."""
        parts, is_whole = [], False
        while not is_whole:
            message = await receive()
            parts.append(message["body"])
            is_whole = not message["more_body"]
        self.waiting.append(b"".join(parts))
        headers = [(b"content-type", b"application/x-protobuf"), (b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    async def serve_http(self, port: int) -> asyncio.Server:
        config = uvicorn.Config(self, interface="asgi3", lifespan="off", ws="none", log_config=None, access_log=False)
        config.load()
        loop, state = asyncio.get_running_loop(), ServerState()
        return await loop.create_server(lambda: HttpToolsProtocol(config, state, {}), "127.0.0.1", port)


async def main(grpc_port: str, http_port: str, backend: str) -> None:
    floor, server = Floor(), grpc.aio.server(options=UNLIMITED)
    server.add_generic_rpc_handlers((floor,))
    server.add_insecure_port(f"127.0.0.1:{grpc_port}")
    await server.start()
    http = await floor.serve_http(int(http_port))
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    async with grpc.aio.insecure_channel(backend, options=UNLIMITED) as channel:
        send: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(EXPORT)
        while not (stopping.is_set() and not floor.waiting):
            await asyncio.sleep(JOINED_S)
            waiting, floor.waiting = floor.waiting, []
            if waiting:
                await send(b"".join(waiting))
    http.close()
    await server.stop(1)


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
