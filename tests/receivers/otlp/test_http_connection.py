"""HTTP/1.1 as clients write it: what a connection says, in which order, and when it ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from otelrum.collector.errors import RetryableError
from otelrum.otlp.batch import Batch
from otelrum.testing import FailingConsumer, RecordingConsumer
from tests.conftest import Listen

pytestmark = pytest.mark.anyio

Spans = Callable[..., bytes]

HOST = b"host: x\r\n"
KIND = b"content-type: application/x-protobuf\r\n"


class Wire:
    """A client that writes bytes as they are."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def write(self, *parts: bytes) -> None:
        self.writer.write(b"".join(parts))

    async def head(self) -> tuple[int, dict[str, str]]:
        """The status and the headers of the next answer."""
        first, *lines = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").strip().split("\r\n")
        named = [line.partition(": ") for line in lines]
        return int(first.split()[1]), {name.lower(): value for name, _, value in named}

    async def answer(self) -> tuple[int, dict[str, str]]:
        """The next answer, whose body is read."""
        status, headers = await self.head()
        await self.reader.readexactly(int(headers["content-length"]))
        return status, headers

    async def has_ended(self) -> bool:
        return await self.reader.read() == b""


class SlowConsumer:
    """Takes a batch when its test says so."""

    def __init__(self) -> None:
        self.may = asyncio.Event()
        self.items: list[int] = []

    async def consume(self, batch: Batch) -> None:
        await self.may.wait()
        self.items.append(batch.items)


async def connect(port: int) -> Wire:
    return Wire(*await asyncio.open_connection("127.0.0.1", port))


@pytest.fixture
async def wire(listen: Listen) -> AsyncIterator[Wire]:
    one = await connect((await listen()).ports["http"])
    yield one
    one.writer.close()


def request(body: bytes, *lines: bytes, version: bytes = b"1.1", path: bytes = b"/v1/traces") -> bytes:
    length = b"content-length: %d\r\n" % len(body)
    return b"".join([b"POST ", path, b" HTTP/", version, b"\r\n", HOST, KIND, length, *lines, b"\r\n", body])


async def test_one_connection_serves_many_requests_and_says_the_date(wire: Wire, spans: Spans) -> None:
    for _ in range(3):
        wire.write(request(spans()))
        status, headers = await wire.answer()
        assert status == 200
        assert headers["date"].endswith("GMT")
        assert "connection" not in headers


async def test_whoever_asks_for_the_end_of_the_connection_gets_it_after_the_answer(wire: Wire, spans: Spans) -> None:
    wire.write(request(spans(), b"connection: close\r\n"))
    status, headers = await wire.answer()
    assert (status, headers["connection"]) == (200, "close")
    assert await wire.has_ended()


async def test_http_1_0_ends_after_the_answer_unless_it_asks_to_go_on(listen: Listen, spans: Spans) -> None:
    port = (await listen()).ports["http"]
    old, lasting = await connect(port), await connect(port)
    old.write(request(spans(), version=b"1.0"))
    assert (await old.answer())[0] == 200
    assert await old.has_ended()
    for _ in range(2):
        lasting.write(request(spans(), b"connection: keep-alive\r\n", version=b"1.0"))
        assert (await lasting.answer())[0] == 200


@pytest.mark.parametrize("line", [b"content-encoding:\r\n", b"Content-Encoding: \t IDENTITY\t \r\n"])
async def test_blanks_around_a_value_are_no_part_of_it(
    wire: Wire, sink: RecordingConsumer, spans: Spans, line: bytes
) -> None:
    """RFC 9110 section 5.5."""
    wire.write(request(spans(), line))
    assert (await wire.answer())[0] == 200
    assert sink.items == 1


async def test_a_body_in_chunks_is_one_body(wire: Wire, sink: RecordingConsumer, spans: Spans) -> None:
    body = spans(4)
    chunks = [b"%x\r\n%b\r\n" % (len(part), part) for part in (body[:7], body[7:90], body[90:])]
    wire.write(b"POST /v1/traces HTTP/1.1\r\n", HOST, KIND, b"transfer-encoding: chunked\r\n\r\n", *chunks)
    wire.write(b"0\r\n\r\n")
    assert (await wire.answer())[0] == 200
    assert sink.items == 4


async def test_a_request_may_come_byte_by_byte(wire: Wire, sink: RecordingConsumer, spans: Spans) -> None:
    for byte in request(spans(), b"x-long: %b\r\n" % (b"y" * 40)):
        wire.write(bytes([byte]))
        await asyncio.sleep(0)
    assert (await wire.answer())[0] == 200
    assert sink.items == 1


async def test_answers_come_in_the_order_of_the_requests_also_when_the_second_is_refused_at_once(
    listen: Listen, spans: Spans
) -> None:
    slow = SlowConsumer()
    wire = await connect((await listen(consumer=slow)).ports["http"])
    wire.write(request(spans(1)), request(b"", path=b"/nowhere"), request(spans(2)))
    await asyncio.sleep(0.05)
    slow.may.set()
    assert [(await wire.answer())[0] for _ in range(3)] == [200, 404, 200]
    assert slow.items == [1, 2]


async def test_a_client_that_asks_whether_to_send_its_body_hears(wire: Wire, spans: Spans) -> None:
    head, body = request(spans(), b"expect: 100-continue\r\n").split(b"\r\n\r\n", 1)
    wire.write(head, b"\r\n\r\n")
    assert (await wire.head())[0] == 100
    wire.write(body)
    assert (await wire.answer())[0] == 200


async def test_a_client_that_asks_whether_to_send_too_much_is_refused_before_it_does(listen: Listen) -> None:
    wire = await connect((await listen(http={"max_request_body_size": 10})).ports["http"])
    wire.write(request(bytes(11), b"expect: 100-continue\r\n")[:-11])
    assert (await wire.answer())[0] == 413


async def test_after_a_refusal_in_the_middle_of_a_body_the_next_request_is_served(listen: Listen, spans: Spans) -> None:
    wire = await connect((await listen(http={"max_request_body_size": 1000})).ports["http"])
    wire.write(b"POST /v1/traces HTTP/1.1\r\n", HOST, KIND, b"transfer-encoding: chunked\r\n\r\n")
    for _ in range(20):
        wire.write(b"64\r\n", bytes(100), b"\r\n")
    assert (await wire.answer())[0] == 413
    wire.write(b"0\r\n\r\n", request(spans()))
    assert (await wire.answer())[0] == 200


async def test_a_client_that_goes_away_amid_its_body_holds_nothing(
    listen: Listen, sink: RecordingConsumer, spans: Spans
) -> None:
    receiver = await listen(settings={"limits": {"in_flight_mib": 1}})
    gone = await connect(receiver.ports["http"])
    gone.write(request(bytes(900_000))[:-1])
    await gone.writer.drain()
    await asyncio.sleep(0.05)
    gone.writer.transport.abort()
    await asyncio.sleep(0.05)
    wire = await connect(receiver.ports["http"])
    wire.write(request(spans(20) * 50))
    assert (await wire.answer())[0] == 200
    assert sink.items == 1000


async def test_what_is_no_http_is_refused_and_ends(wire: Wire) -> None:
    wire.write(b"\x16\x03\x01 no HTTP\r\n\r\n")
    assert (await wire.answer())[0] == 400
    assert await wire.has_ended()


async def test_head_gets_no_body(wire: Wire) -> None:
    wire.write(b"HEAD /v1/traces HTTP/1.1\r\n", HOST, b"\r\n", b"GET /v1/traces HTTP/1.1\r\n", HOST, b"\r\n")
    assert (await wire.head())[0] == 405
    assert (await wire.answer())[0] == 405


async def test_an_offer_of_another_protocol_is_answered_as_the_request_that_it_is(wire: Wire, spans: Spans) -> None:
    wire.write(request(spans(), b"connection: upgrade\r\nupgrade: h2c\r\n"))
    status, headers = await wire.answer()
    assert (status, headers["connection"]) == (200, "close")


async def test_a_query_and_percent_signs_are_no_other_path(wire: Wire, spans: Spans) -> None:
    for path in (b"/v1/traces?key=1", b"/v1/%74races"):
        wire.write(request(spans(), path=path))
        assert (await wire.answer())[0] == 200


async def test_every_refusal_leaves_the_connection_open(listen: Listen, spans: Spans) -> None:
    busy = FailingConsumer(RetryableError("busy"))
    wire = await connect((await listen(consumer=busy)).ports["http"])
    for _ in range(3):
        wire.write(request(spans()))
        assert (await wire.answer())[0] == 503
    busy.error = None
    wire.write(request(spans()))
    assert (await wire.answer())[0] == 200
