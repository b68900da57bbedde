"""The HTTP server: sockets, certificates that are read again, connections that end when they dawdle."""

from __future__ import annotations

import asyncio
import logging
import socket
from email.utils import formatdate
from typing import cast

from otelrum.collector.component import Build
from otelrum.collector.listening import BACKLOG, bind
from otelrum.collector.tls import FileWatch, server_context, watch_server
from otelrum.receivers.otlp.config import HttpProtocol
from otelrum.receivers.otlp.http import OtlpHttp
from otelrum.receivers.otlp.http_connection import Connection, Serving, Timeouts

SWEEP_S = 1.0


class HttpServer:
    """Serves one application on one endpoint, on all addresses that its host has."""

    def __init__(self, app: OtlpHttp, config: HttpProtocol, build: Build) -> None:
        self._config = config
        self._clock = build.clock
        self._log: logging.Logger = build.log
        self._serving = Serving(app.open, Timeouts.of(config), build.clock)
        self._sockets: list[socket.socket] = []
        self._listeners: list[asyncio.Server] = []
        self._sweeper: asyncio.Task[None] | None = None
        self._certificates: FileWatch | None = None

    async def start(self) -> int:
        """Bind and serve; the bound port. Raises OtelrumError where the port is taken."""
        if tls := self._config.tls:
            self._certificates = watch_server(tls, self._clock)
        self._sockets = bind(self._config.endpoint)
        try:
            await self._listen()
        except BaseException:
            self._close_sockets()
            raise
        self._sweeper = asyncio.create_task(self._sweep())
        return int(self._sockets[0].getsockname()[1])

    async def stop(self, grace_s: float) -> None:
        """Take nothing more; running requests have so many seconds to end."""
        if self._sweeper is None:
            return
        self._sweeper.cancel()
        self._sweeper = None
        self._close_listeners(self._listeners)
        self._close_sockets()
        for connection in list(self._serving.connections):
            connection.end()
        if self._serving.tasks:
            await asyncio.wait(self._serving.tasks, timeout=grace_s)
        for connection in list(self._serving.connections):
            connection.abort()

    async def _listen(self) -> None:
        """Serve on the bound sockets with the certificates as they are now; then let go what served before."""
        tls = self._config.tls
        context = server_context(tls) if tls else None
        before, self._listeners = self._listeners, []
        loop = asyncio.get_running_loop()
        for bound in self._sockets:
            listener = await loop.create_server(self._protocol, sock=bound.dup(), ssl=context, backlog=BACKLOG)
            self._listeners.append(listener)
        self._close_listeners(before)

    def _close_sockets(self) -> None:
        for bound in self._sockets:
            bound.close()

    def _close_listeners(self, listeners: list[asyncio.Server]) -> None:
        for listener in listeners:
            listener.close()

    def _protocol(self) -> asyncio.Protocol:
        # Compiled classes have no base classes that are not; a protocol is whatever has the methods.
        return cast(asyncio.Protocol, Connection(self._serving))

    async def _sweep(self) -> None:
        """Once a second: the Date header, connections that dawdle, certificates that changed."""
        while True:
            date = formatdate(self._clock.wall_ns() / 1e9, usegmt=True)
            self._serving.date = f"date: {date}\r\n".encode()
            now_ns = self._clock.now_ns()
            for connection in list(self._serving.connections):
                connection.end_if_late(now_ns)
            if self._certificates and self._certificates.changed():
                await self._renew()
            await self._clock.sleep(SWEEP_S)

    async def _renew(self) -> None:
        try:
            await self._listen()
        except OSError as error:
            self._log.error("keeping the certificate that was read before: %s", error)
