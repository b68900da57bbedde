"""The least that a gateway in Python costs: raw request bytes in, joined for 200 ms, out. No span is looked at.

    python -m tests.bench.floor PORT BACKEND
"""

from __future__ import annotations

import asyncio
import signal
import sys

import grpc
import uvloop

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


async def main() -> None:
    floor, server = Floor(), grpc.aio.server(options=UNLIMITED)
    server.add_generic_rpc_handlers((floor,))
    server.add_insecure_port(f"127.0.0.1:{sys.argv[1]}")
    await server.start()
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    async with grpc.aio.insecure_channel(sys.argv[2], options=UNLIMITED) as channel:
        send = channel.unary_unary(EXPORT)
        while not (stopping.is_set() and not floor.waiting):
            await asyncio.sleep(JOINED_S)
            waiting, floor.waiting = floor.waiting, []
            if waiting:
                await send(b"".join(waiting))
    await server.stop(1)


if __name__ == "__main__":
    uvloop.run(main())
