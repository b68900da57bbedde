"""The backend of a bench, a process of its own: counts spans, requests and bytes.

python -m tests.bench.sink PORT     prints one JSON line a second
"""

from __future__ import annotations

import asyncio
import json
import sys

import grpc
import uvloop

from otelrum.otlp.batch import Batch, Signal

UNLIMITED = [("grpc.max_receive_message_length", -1)]


class Sink(grpc.GenericRpcHandler):
    """Counts."""

    def __init__(self) -> None:
        self.counts = {"spans": 0, "requests": 0, "bytes": 0}

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[bytes, bytes]:
        is_derived = any(key == "derived" for key, _ in details.invocation_metadata or ())
        return grpc.unary_unary_rpc_method_handler(self.leave if is_derived else self.take)

    async def leave(self, request: bytes, context: object) -> bytes:
        """What a collector made itself: no span that was sent."""
        return b""

    async def take(self, request: bytes, context: object) -> bytes:
        self.counts["spans"] += Batch(Signal.TRACES, request).items
        self.counts["requests"] += 1
        self.counts["bytes"] += len(request)
        return b""


async def main() -> None:
    sink, server = Sink(), grpc.aio.server(options=UNLIMITED)
    server.add_generic_rpc_handlers((sink,))
    server.add_insecure_port(f"127.0.0.1:{sys.argv[1]}")
    await server.start()
    while True:
        print(json.dumps(sink.counts), flush=True)
        await asyncio.sleep(0.5)


if __name__ == "__main__":
    uvloop.run(main())
