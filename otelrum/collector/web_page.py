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

Message = MutableMapping[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """What a GET of the page gives."""

    body: bytes
    content_type: str
    status: int = 200


class WebPage:
    """Answers GET and HEAD at one path."""

    def __init__(self, endpoint: str, path: str, answer: Callable[[], Page]) -> None:
        self._endpoint = endpoint
        self._path = path
        self._answer = answer
        self._state = ServerState()
        self._listeners: list[asyncio.Server] = []
        self.port = 0

    async def start(self) -> None:
        """Bind and serve. Raises OtelrumError where the port is taken."""
        config = uvicorn.Config(
            self._serve, interface="asgi3", lifespan="off", ws="none", log_config=None, access_log=False
        )
        config.load()
        sockets = bind(self._endpoint)
        self.port = int(sockets[0].getsockname()[1])
        loop = asyncio.get_running_loop()
        for bound in sockets:
            listener = await loop.create_server(lambda: HttpToolsProtocol(config, self._state, {}), sock=bound)
            self._listeners.append(listener)

    async def stop(self) -> None:
        """Nobody is waited for: who asks again finds the page gone."""
        listeners, self._listeners = self._listeners, []
        for listener in listeners:
            listener.close()
        for connection in list(self._state.connections):
            connection.transport.abort()

    async def _serve(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        answer = self._answer() if scope["path"] == self._path else Page(b"not found\n", "text/plain", 404)
        headers = [
            (b"content-type", answer.content_type.encode()),
            (b"content-length", str(len(answer.body)).encode()),
        ]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})
