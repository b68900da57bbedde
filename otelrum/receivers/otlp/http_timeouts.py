"""uvicorn's HTTP protocol with an end to everything a client can draw out.

              connected, or next request            headers            body          answered
    idle ------> [read_header_timeout] ------> [read_timeout] ------> (ours) ------> [idle_timeout]

A deadline is one number on the connection; whoever sweeps the connections looks at it, so a
request pays no timer. Only the next request moves it, not just any byte. Answers that a client
does not read have `write_timeout`. What uvicorn keeps without end has one too: the size of
headers, the number of requests that wait for the answer to the one before.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import httptools
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from otelrum.collector.clock import Clock
from otelrum.receivers.otlp.config import HttpProtocol

NEVER_NS = 1 << 63

# What may come of a request's headers after the read in which they began (uvloop reads 256 KiB at once).
# Exporters send less than 1 KiB; without a limit headers fill the memory for as long as they have time.
MAX_HEAD_BYTES = 64 << 10

# Exporters and browsers send the next request after the answer; one read may hold ten thousand tiny ones.
MAX_PIPELINED = 16


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long a client may take."""

    header_ns: int
    read_ns: int
    write_ns: int
    idle_ns: int

    @classmethod
    def of(cls, config: HttpProtocol) -> Timeouts:
        return cls(
            _ns(config.read_header_timeout),
            _ns(config.read_timeout),
            _ns(config.write_timeout),
            _ns(config.idle_timeout),
        )


class TimedProtocol(HttpToolsProtocol):
    """One connection."""

    def __init__(self, config: uvicorn.Config, state: ServerState, timeouts: Timeouts, clock: Clock) -> None:
        super().__init__(config, state, {})
        self._timeouts = timeouts
        self._clock = clock
        self._deadline_ns = NEVER_NS
        self._unread_until_ns = NEVER_NS
        self._in_head = True
        self._heads = 0
        self._head_bytes = 0

    def end_if_late(self, now_ns: int) -> None:
        """Cut a connection that is over its time: a client that got no answer sends again."""
        if now_ns >= self._deadline_ns or now_ns >= self._unread_until_ns:
            self.transport.abort()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._deadline_ns = self._clock.now_ns() + self._timeouts.header_ns

    def data_received(self, data: bytes) -> None:
        heads = self._heads
        super().data_received(data)
        if self._in_head and self._heads == heads:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self.transport.abort()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = True
        self._heads += 1
        self._head_bytes = 0
        self._deadline_ns = self._clock.now_ns() + self._timeouts.header_ns

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._in_head = False
        if len(self.pipeline) > MAX_PIPELINED:
            raise httptools.HttpParserError("too many requests at once on one connection")
        self._deadline_ns = self._clock.now_ns() + self._timeouts.read_ns

    def on_message_complete(self) -> None:
        super().on_message_complete()
        if not self.cycle.response_complete:  # else it was refused before it was whole, and is idle now
            self._deadline_ns = NEVER_NS

    def on_response_complete(self) -> None:
        if not self.pipeline:
            self._deadline_ns = min(self._deadline_ns, self._clock.now_ns() + self._timeouts.idle_ns)
        super().on_response_complete()
        if self.pipeline:  # uvicorn reads on here, and would keep whatever comes
            self.flow.pause_reading()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unread_until_ns = self._clock.now_ns() + self._timeouts.write_ns

    def resume_writing(self) -> None:
        super().resume_writing()
        self._unread_until_ns = NEVER_NS


def _ns(duration: timedelta) -> int:
    return int(duration.total_seconds() * 1e9) or NEVER_NS
