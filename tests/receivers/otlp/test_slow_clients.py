"""Clients that dawdle: each is cut off at its time, and whatever it drips in between does not help it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable

import pytest

from otelrum.receivers.otlp.http_connection import MAX_HEAD_BYTES, MAX_PIPELINED
from otelrum.testing import ManualClock, RecordingConsumer, run_until_quiet
from tests.conftest import Listen

pytestmark = pytest.mark.anyio

Spans = Callable[..., bytes]
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]

# Far more than any time limit here.
MOST_S = 1000
HEAD = b"POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-protobuf\r\n"
PREFLIGHT = (
    b"OPTIONS /v1/traces HTTP/1.1\r\nhost: x\r\norigin: https://a\r\naccess-control-request-method: POST\r\n"
    b"access-control-request-headers: x-%s\r\n\r\n" % (b"y" * 15_000)
)


async def connect(port: int) -> Connection:
    return await asyncio.open_connection("127.0.0.1", port)


def request(body: bytes) -> bytes:
    return HEAD + b"content-length: %d\r\n\r\n" % len(body) + body


async def answer_of(reader: asyncio.StreamReader) -> int:
    """The status of an answer, whose body is read too."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
    await reader.readexactly(length)
    return int(head.split()[1])


async def seconds_until_cut(connection: Connection, clock: ManualClock, drip: bytes = b"") -> float:
    """How long the connection lives while it drips something each second."""
    reader, writer = connection
    ended = asyncio.create_task(reader.read())
    began_ns = clock.now_ns()
    for _ in range(MOST_S):
        await clock.advance(1)
        if ended.done():
            break
        if drip and not writer.is_closing():
            writer.write(drip)
    else:
        raise AssertionError("it lives on")
    ended.exception()  # whether it hears a FIN or a RST is the system's choice
    writer.close()
    return (clock.now_ns() - began_ns) / 1e9


@pytest.mark.parametrize("drip", [b"", b"x"], ids=["silent", "dripping"])
async def test_headers_that_do_not_end_have_their_time(listen: Listen, drip: bytes) -> None:
    clock = ManualClock()
    port = (await listen(http={"read_header_timeout": "30s"}, clock=clock)).ports["http"]
    connection = await connect(port)
    connection[1].write(b"POST /v1/traces HTTP/1.1\r\nx-slow: ")
    assert await seconds_until_cut(connection, clock, drip) >= 30


async def test_a_connection_that_never_asks_has_the_time_of_headers(listen: Listen) -> None:
    clock = ManualClock()
    port = (await listen(http={"read_header_timeout": "30s"}, clock=clock)).ports["http"]
    assert await seconds_until_cut(await connect(port), clock, b"\r\n") >= 30


@pytest.mark.parametrize("drip", [b"", b"x"], ids=["silent", "dripping"])
async def test_a_body_that_does_not_end_has_its_time(listen: Listen, drip: bytes) -> None:
    clock = ManualClock()
    port = (await listen(http={"read_timeout": "45s"}, clock=clock)).ports["http"]
    connection = await connect(port)
    connection[1].write(HEAD + b"content-length: 100000\r\n\r\n")
    assert await seconds_until_cut(connection, clock, drip) >= 45


@pytest.mark.parametrize("drip", [b"", b"\r\n"], ids=["silent", "dripping"])
async def test_an_idle_connection_has_its_time(listen: Listen, spans: Spans, drip: bytes) -> None:
    clock = ManualClock()
    port = (await listen(http={"idle_timeout": "20s"}, clock=clock)).ports["http"]
    connection = await connect(port)
    connection[1].write(request(spans()))
    assert await answer_of(connection[0]) == 200
    assert await seconds_until_cut(connection, clock, drip) >= 20


async def test_a_connection_that_was_refused_before_its_body_came_is_idle_afterwards(listen: Listen) -> None:
    clock = ManualClock()
    settings = {"idle_timeout": "20s", "max_request_body_size": 1000}
    port = (await listen(http=settings, clock=clock)).ports["http"]
    connection = await connect(port)
    connection[1].write(request(bytes(2000))[:-1000])
    assert await answer_of(connection[0]) == 413
    connection[1].write(bytes(1000))
    assert await seconds_until_cut(connection, clock) >= 20


async def test_answers_that_nobody_reads_have_their_time(listen: Listen) -> None:
    clock = ManualClock()
    cors = {"allowed_origins": ["*"], "allowed_headers": ["*"]}
    settings = {"write_timeout": "10s", "idle_timeout": "500s", "cors": cors}
    port = (await listen(http=settings, clock=clock)).ports["http"]
    loop = asyncio.get_running_loop()
    with socket.socket() as client:
        client.setblocking(False)
        await loop.sock_connect(client, ("127.0.0.1", port))
        while True:
            sending = asyncio.create_task(loop.sock_sendall(client, PREFLIGHT))
            await run_until_quiet()
            if not sending.done():  # everything between the two is full of answers
                break
        while not sending.done():
            await clock.advance(1)
        assert isinstance(sending.exception(), ConnectionError)
    assert 10 * 10**9 <= clock.now_ns() < 500 * 10**9


async def test_requests_that_do_not_wait_for_their_answers_are_few(listen: Listen) -> None:
    """One read may hold ten thousand tiny ones, and each would be an object of some KiB."""
    port = (await listen()).ports["http"]
    reader, writer = await connect(port)
    writer.write(b"GET / HTTP/1.1\r\n\r\n" * 10_000)
    answers = b""
    with contextlib.suppress(ConnectionError):
        while part := await reader.read(65536):
            answers += part
    assert answers.count(b"HTTP/1.1 ") <= MAX_PIPELINED + 2
    writer.close()


async def test_a_few_requests_at_once_are_all_answered(listen: Listen, sink: RecordingConsumer, spans: Spans) -> None:
    port = (await listen()).ports["http"]
    reader, writer = await connect(port)
    writer.write(request(spans()) * MAX_PIPELINED)
    assert [await answer_of(reader) for _ in range(MAX_PIPELINED)] == [200] * MAX_PIPELINED
    assert sink.items == MAX_PIPELINED
    writer.close()


async def test_zero_is_no_limit(listen: Listen, spans: Spans) -> None:
    clock = ManualClock()
    none = dict.fromkeys(("read_header_timeout", "read_timeout", "write_timeout", "idle_timeout"), "0s")
    port = (await listen(http=none, clock=clock)).ports["http"]
    reader, writer = await connect(port)
    for _ in range(2):
        writer.write(request(spans()))
        assert await answer_of(reader) == 200
        await clock.advance(MOST_S)
    writer.close()


async def test_whoever_keeps_its_times_is_served_while_others_dawdle(
    listen: Listen, sink: RecordingConsumer, spans: Spans
) -> None:
    clock = ManualClock()
    port = (await listen(clock=clock)).ports["http"]
    slow = [await connect(port) for _ in range(50)]
    for _, writer in slow:
        writer.write(HEAD)
    reader, writer = await connect(port)
    for _ in range(10):
        writer.write(request(spans()))
        assert await answer_of(reader) == 200
        await clock.advance(5)
    assert sink.items == 10
    for _, each in [*slow, (reader, writer)]:
        each.close()


async def test_headers_have_an_end_in_size_too(listen: Listen) -> None:
    """Without it 30 s of headers at the speed of the line would be in memory."""
    port = (await listen()).ports["http"]
    reader, writer = await connect(port)
    writer.write(b"POST /v1/traces HTTP/1.1\r\nx-endless: ")
    ended = asyncio.create_task(reader.read())
    sent = 0
    while not ended.done() and sent < 100 * MAX_HEAD_BYTES:
        writer.write(b"x" * 8192)
        sent += 8192
        await asyncio.sleep(0)
        await asyncio.wait([asyncio.ensure_future(drained(writer)), ended], return_when=asyncio.FIRST_COMPLETED)
    assert ended.done()
    ended.exception()
    writer.close()


async def drained(writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        await writer.drain()


async def test_headers_of_a_usual_size_pass(listen: Listen, spans: Spans) -> None:
    port = (await listen()).ports["http"]
    reader, writer = await connect(port)
    for half in (HEAD + b"x-long: ", b"y" * 15_000, b"\r\n", request(spans()).removeprefix(HEAD)):
        writer.write(half)
        await writer.drain()
    assert await answer_of(reader) == 200
    writer.close()
