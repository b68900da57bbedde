"""A wire between an exporter and a backend, that can be measured and cut without either knowing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Relay:
    """Passes bytes on in both directions, until it is silenced."""

    def __init__(self, endpoint: str) -> None:
        host, _, port = endpoint.rpartition(":")
        self._backend = host, int(port)
        self._passing: set[asyncio.Task[None]] = set()
        self.endpoint = ""
        self.sent_bytes = 0
        self.is_silent = False

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_backend, to_backend = await asyncio.open_connection(*self._backend)
        for source, target, is_sent in ((reader, to_backend, True), (from_backend, writer, False)):
            self._passing.add(asyncio.create_task(self._pass(source, target, is_sent)))

    async def _pass(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, is_sent: bool) -> None:
        with suppress(ConnectionError):
            while data := await source.read(1 << 16):
                if not self.is_silent:
                    self.sent_bytes += len(data) * is_sent
                    target.write(data)
        target.close()

    def end(self) -> None:
        for task in self._passing:
            task.cancel()


@asynccontextmanager
async def relay_to(endpoint: str) -> AsyncIterator[Relay]:
    """A running relay before this backend."""
    relay = Relay(endpoint)
    server = await asyncio.start_server(relay.connected, "127.0.0.1", 0)
    relay.endpoint = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield relay
    finally:
        server.close()
        relay.end()
