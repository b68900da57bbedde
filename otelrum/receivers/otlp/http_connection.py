"""One HTTP/1.1 connection: bytes in, requests to the application, answers out in their order.

              connected, or next request            headers            body          answered
    idle ------> [read_header_timeout] ------> [read_timeout] ------> (ours) ------> [idle_timeout]

httptools reads the wire; there is no ASGI in between, because each message of it costs as much as
the parsing (docs/decisions/0006). A deadline is one number on the connection; whoever sweeps the
connections looks at it, so a request pays no timer. Only the next request moves it, not just any
byte. Answers that a client does not read have `write_timeout`.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus

import httptools

from otelrum.collector.clock import Clock
from otelrum.receivers.otlp.config import HttpProtocol
from otelrum.receivers.otlp.http import Answer, Exchange, Head

NEVER_NS = 1 << 63

# What may come of a request's headers after the read in which they began (uvloop reads 256 KiB at once).
# Exporters send less than 1 KiB; without a limit headers fill the memory for as long as they have time.
MAX_HEAD_BYTES = 64 << 10

# Exporters and browsers send the next request after the answer; one read may hold ten thousand tiny ones.
MAX_PIPELINED = 16

STATUS_LINES = {one.value: f"HTTP/1.1 {one.value} {one.phrase}\r\n".encode() for one in HTTPStatus}
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
CLOSE = b"connection: close\r\n"
BLANKS = b" \t"


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


@dataclass(slots=True, eq=False)
class Serving:
    """What all connections of a server share."""

    open: Callable[[Head], Exchange]
    """The application: what becomes of a request whose headers are there."""
    timeouts: Timeouts
    clock: Clock
    date: bytes = b""
    """The Date header as it is now, as a line."""
    connections: set[Connection] = field(default_factory=set)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    """Requests that are being answered."""


@dataclass(slots=True, eq=False)
class PendingRequest:
    """A request on this connection, and how far it has come."""

    exchange: Exchange
    keeps_alive: bool
    has_body: bool
    is_whole: bool = False
    is_answered: bool = False


class Connection:
    """What httptools calls as bytes come: it answers in the order of the requests, and ends when its time is over."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving
        self._parser = httptools.HttpRequestParser(self)
        self._url = b""
        self._headers: dict[bytes, bytes] = {}
        self._peer = ""
        self._requests: deque[PendingRequest] = deque()
        """Requests without an answer, oldest first; the last one may be coming in."""
        self._coming: PendingRequest | None = None
        self._is_ending = False
        self._deadline_ns = self._unread_until_ns = NEVER_NS
        self._is_in_head = True
        self._heads = self._head_bytes = self._heads_in_read = 0

    # ------------------------------------------------------------------ the socket
    def connection_made(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        peer = transport.get_extra_info("peername")
        self._peer = str(peer[0]) if peer else ""
        self._serving.connections.add(self)
        self._set_deadline(self._serving.timeouts.header_ns)

    def connection_lost(self, error: Exception | None) -> None:
        self._serving.connections.discard(self)
        for request in self._requests:
            if not request.is_whole:
                request.exchange.close()  # else its answer is on the way, and closes it

    def data_received(self, data: bytes) -> None:
        heads, self._heads_in_read = self._heads, 0
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            pass  # answered as any other request, on a connection that ends then
        except httptools.HttpParserError:
            self._end_at_error()
        if self._is_in_head and self._heads == heads:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self._transport.abort()

    def pause_writing(self) -> None:
        self._unread_until_ns = self._serving.clock.now_ns() + self._serving.timeouts.write_ns
        if not self._transport.is_closing():
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        self._unread_until_ns = NEVER_NS
        if not self._transport.is_closing():
            self._transport.resume_reading()

    def end_if_late(self, now_ns: int) -> None:
        """Cut a connection that is over its time: a client that got no answer sends again."""
        if now_ns >= self._deadline_ns or now_ns >= self._unread_until_ns:
            self._transport.abort()

    def end(self) -> None:
        """Take no more requests; what was asked is answered."""
        self._is_ending = True
        if not self._requests:
            self._transport.close()

    def abort(self) -> None:
        self._transport.abort()

    # ------------------------------------------------------------------ called by httptools
    def on_message_begin(self) -> None:
        self._url, self._headers = b"", {}
        self._is_in_head = True
        self._heads += 1
        self._head_bytes = 0
        self._set_deadline(self._serving.timeouts.header_ns)

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        name, value = name.lower(), value.strip(BLANKS)
        earlier = self._headers.get(name)
        # A header that comes twice is one list (RFC 9110 section 5.3).
        self._headers[name] = value if earlier is None else earlier + b", " + value

    def on_headers_complete(self) -> None:
        self._is_in_head = False
        self._heads_in_read += 1
        if max(self._heads_in_read, len(self._requests) + 1) > MAX_PIPELINED:
            raise httptools.HttpParserError("too many requests at once on one connection")
        self._set_deadline(self._serving.timeouts.read_ns)
        parser, headers = self._parser, self._headers
        head = Head(parser.get_method(), self._url, headers, self._peer)
        keeps_alive = parser.should_keep_alive() and not parser.should_upgrade()
        request = PendingRequest(self._serving.open(head), keeps_alive, head.method != b"HEAD")
        self._requests.append(request)
        self._coming = request
        if request.exchange.refused is not None:
            self._answer_refused(request)
        elif headers.get(b"expect", b"").lower() == b"100-continue" and request is self._requests[0]:
            self._transport.write(CONTINUE)

    def on_body(self, part: bytes) -> None:
        request = self._coming
        if request is None or request.exchange.refused is not None:
            return
        if request.exchange.take(part) is not None:
            self._answer_refused(request)

    def on_message_complete(self) -> None:
        request, self._coming = self._coming, None
        if request is None:
            return
        request.is_whole = True
        if request.is_answered:  # refused before it was whole
            return
        self._deadline_ns = NEVER_NS
        if request is self._requests[0]:
            self._start_answer(request)
        else:
            self._transport.pause_reading()  # what comes meanwhile waits in the system's buffers

    # ------------------------------------------------------------------ answers
    def _start_answer(self, request: PendingRequest) -> None:
        task = asyncio.get_running_loop().create_task(self._answer(request))
        self._serving.tasks.add(task)
        task.add_done_callback(self._serving.tasks.discard)

    async def _answer(self, request: PendingRequest) -> None:
        self._write(request, await request.exchange.answer())

    def _answer_refused(self, request: PendingRequest) -> None:
        """At once, if it is the first in line, so that nobody sends a body that nobody reads."""
        if request is self._requests[0] and request.exchange.refused is not None:
            self._write(request, request.exchange.refused)

    def _write(self, request: PendingRequest, answer: Answer) -> None:
        """Send an answer; then the next request is answered."""
        request.is_answered = True
        request.exchange.close()
        keeps_alive = request.keeps_alive and not self._is_ending
        if not self._transport.is_closing():
            lines = [STATUS_LINES[answer.status], self._serving.date, *answer.lines()]
            lines += [b"\r\n"] if keeps_alive else [CLOSE, b"\r\n"]
            self._transport.write(b"".join([*lines, answer.body] if request.has_body else lines))
            if not keeps_alive:
                self._transport.close()
        self._requests.popleft()
        if self._requests:
            self._answer_next(self._requests[0])
        else:
            self._rest()

    def _rest(self) -> None:
        if not self._is_in_head:  # else the next request has begun, and has its own time
            deadline_ns = self._serving.clock.now_ns() + self._serving.timeouts.idle_ns
            self._deadline_ns = min(self._deadline_ns, deadline_ns)
        if self._unread_until_ns == NEVER_NS and not self._transport.is_closing():
            self._transport.resume_reading()

    def _answer_next(self, request: PendingRequest) -> None:
        if request.exchange.refused is not None:
            self._answer_refused(request)
        elif request.is_whole:
            self._start_answer(request)

    def _end_at_error(self) -> None:
        """What is no HTTP hears so, where it does not come amid answers to something else."""
        if not self._requests and not self._transport.is_closing():
            text = b"this is no HTTP/1.1 request"
            head = b"content-type: text/plain\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % len(text)
            self._transport.write(STATUS_LINES[400] + head + text)
            self._transport.close()
        else:
            self._transport.abort()

    def _set_deadline(self, after_ns: int) -> None:
        self._deadline_ns = self._serving.clock.now_ns() + after_ns


def _ns(duration: timedelta) -> int:
    return int(duration.total_seconds() * 1e9) or NEVER_NS
