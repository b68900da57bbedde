"""A small HTTP server for one page of the collector itself, such as its metrics or its health."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from otelrum.collector.listening import bind
from otelrum.collector.sections import ServerTls
from otelrum.collector.tls import server_context

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What a GET of the page gives."""

    body: bytes
    content_type: str
    status: int = 200


class WebServer:
    """Serves one ASGI application on every address of an endpoint."""

    def __init__(
        self,
        endpoint: str,
        application: Application,
        max_connections: int | None = None,
        tls: ServerTls | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._tls = tls
        self._application = application
        self._max_connections = max_connections
        self._state = ServerState()
        self._listeners: list[asyncio.Server] = []
        self.port = 0

    async def start(self) -> None:
        """Bind and serve. Raises OtelrumError where the port is taken, OSError where a certificate is none."""
        config = uvicorn.Config(
            self._application,
            interface="asgi3",
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            limit_concurrency=self._max_connections,
        )
        config.load()
        context = server_context(self._tls) if self._tls else None
        sockets = bind(self._endpoint)
        self.port = int(sockets[0].getsockname()[1])
        loop = asyncio.get_running_loop()
        for bound in sockets:
            listener = await loop.create_server(
                lambda: HttpToolsProtocol(config, self._state, {}), sock=bound, ssl=context
            )
            self._listeners.append(listener)

    async def stop(self) -> None:
        """Nobody is waited for: who asks again finds the page gone."""
        listeners, self._listeners = self._listeners, []
        for listener in listeners:
            listener.close()
        for connection in list(self._state.connections):
            connection.transport.abort()


class WebPage:
    """Answers at one path; one that ends in a slash stands for all below it, as in Go's servers."""

    def __init__(
        self, endpoint: str, path: str, answer: Callable[[], HttpAnswer], tls: ServerTls | None = None
    ) -> None:
        self._path = path
        self._answer = answer
        self._server = WebServer(endpoint, self._serve, tls=tls)

    @property
    def port(self) -> int:
        """The bound port, once started."""
        return self._server.port

    async def start(self) -> None:
        """Bind and serve. Raises OtelrumError where the port is taken."""
        await self._server.start()

    async def stop(self) -> None:
        """Nobody is waited for: who asks again finds the page gone."""
        await self._server.stop()

    def _is_here(self, path: str) -> bool:
        return path == self._path or (self._path.endswith("/") and path.startswith(self._path))

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = self._answer() if self._is_here(scope["path"]) else HttpAnswer(b"not found\n", "text/plain", 404)
        headers = [
            (b"content-type", answer.content_type.encode()),
            (b"content-length", str(len(answer.body)).encode()),
        ]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})
