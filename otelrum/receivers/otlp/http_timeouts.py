"""uvicorn's HTTP protocol with an end to everything a client can draw out.

              connected, or next request            headers            body          answered
    idle ------> [read_header_timeout] ------> [read_timeout] ------> (ours) ------> [idle_timeout]

A deadline is one number on the connection; whoever sweeps the connections looks at it, so a
request pays no timer. An answer that a client does not read has `write_timeout`.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from otelrum.collector.clock import Clock
from otelrum.receivers.otlp.config import HttpProtocol

NEVER_NS = 1 << 63


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long a client may take."""

    header_ns: int
    read_ns: int
    write_ns: int

    @classmethod
    def of(cls, config: HttpProtocol) -> Timeouts:
        return cls(_ns(config.read_header_timeout), _ns(config.read_timeout), _ns(config.write_timeout))


class TimedProtocol(HttpToolsProtocol):
    """One connection."""

    def __init__(self, config: uvicorn.Config, state: ServerState, timeouts: Timeouts, clock: Clock) -> None:
        super().__init__(config, state, {})
        self._timeouts = timeouts
        self._clock = clock
        self._deadline_ns = NEVER_NS

    def end_if_late(self, now_ns: int) -> None:
        """Cut a connection that is over its time: a client that got no answer sends again."""
        if now_ns >= self._deadline_ns:
            self.transport.abort()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._deadline_ns = self._clock.now_ns() + self._timeouts.header_ns

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._deadline_ns = self._clock.now_ns() + self._timeouts.header_ns

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._deadline_ns = self._clock.now_ns() + self._timeouts.read_ns

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._deadline_ns = NEVER_NS

    def pause_writing(self) -> None:
        super().pause_writing()
        self._deadline_ns = self._clock.now_ns() + self._timeouts.write_ns

    def resume_writing(self) -> None:
        super().resume_writing()
        self._deadline_ns = NEVER_NS


def _ns(duration: timedelta) -> int:
    return int(duration.total_seconds() * 1e9) or NEVER_NS
