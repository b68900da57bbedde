"""The HTTP server below the ASGI application: uvicorn's protocol on sockets of our own.

uvicorn's own `Server` takes over signals and ends the process when a port is taken, so only its
protocol is used. What it lacks is here: an end to connections that dawdle.
"""

from __future__ import annotations

import asyncio
import ssl
from email.utils import formatdate
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from otelrum.collector.clock import Clock
from otelrum.collector.errors import OtelrumError
from otelrum.collector.net import host_and_port
from otelrum.receivers.otlp.config import HttpProtocol

SWEEP_S = 1.0


class HttpServer:
    """Serves one ASGI application on one endpoint."""

    def __init__(self, app: Any, config: HttpProtocol, clock: Clock, tls: ssl.SSLContext | None) -> None:
        self._config = config
        self._clock = clock
        self._tls = tls
        self._state = ServerState()
        self._uvicorn = uvicorn.Config(
            app,
            interface="asgi3",
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            timeout_keep_alive=int(config.idle_timeout.total_seconds()),
        )
        self._listener: asyncio.Server | None = None
        self._sweeper: asyncio.Task[None] | None = None

    async def start(self) -> int:
        """Bind and serve; the bound port. Raises OtelrumError where the port is taken."""
        host, port = host_and_port(self._config.endpoint)
        self._uvicorn.load()
        loop = asyncio.get_running_loop()
        try:
            self._listener = await loop.create_server(self._protocol, host or None, port, ssl=self._tls)
        except OSError as error:
            raise OtelrumError(f"cannot listen on {self._config.endpoint}: {error}") from error
        self._sweeper = loop.create_task(self._sweep())
        return int(self._listener.sockets[0].getsockname()[1])

    async def stop(self, grace_s: float) -> None:
        """Take nothing more; running requests have so many seconds to end."""
        if self._listener is None or self._sweeper is None:
            return
        self._listener.close()
        self._sweeper.cancel()
        for connection in list(self._state.connections):
            connection.shutdown()
        if self._state.tasks:
            await asyncio.wait(self._state.tasks, timeout=grace_s)
        for connection in list(self._state.connections):
            connection.transport.abort()
        self._listener = None

    def _protocol(self) -> HttpToolsProtocol:
        return HttpToolsProtocol(self._uvicorn, self._state, {})

    async def _sweep(self) -> None:
        while True:
            date = formatdate(self._clock.wall_ns() / 1e9, usegmt=True).encode()
            self._state.default_headers = [(b"date", date)]
            await self._clock.sleep(SWEEP_S)
