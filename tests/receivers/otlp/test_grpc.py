"""OTLP/gRPC: what is taken, what is refused, and what the sender hears."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import grpc
import grpc.aio
import pytest
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status

from otelrum.collector.clock import SystemClock
from otelrum.collector.errors import OtelrumError, PermanentError, RetryableError
from otelrum.collector.telemetry import Telemetry
from otelrum.otlp.batch import Batch, Signal
from otelrum.receivers.otlp.config import OtlpReceiverConfig
from otelrum.receivers.otlp.grpc import SERVICES
from otelrum.receivers.otlp.receiver import OtlpReceiver
from otelrum.testing import Extensions, FailingConsumer, RecordingConsumer, build
from tests.conftest import Listen

pytestmark = pytest.mark.anyio

Spans = Callable[..., bytes]

TRACES = f"/{SERVICES[Signal.TRACES]}/Export"
UNLIMITED = [("grpc.max_send_message_length", -1)]


async def export(
    port: int,
    data: bytes,
    *,
    path: str = TRACES,
    compression: grpc.Compression | None = None,
    metadata: tuple[tuple[str, str], ...] = (),
) -> bytes:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=UNLIMITED) as channel:
        method: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(path)
        return bytes(await method(data, compression=compression, metadata=metadata, timeout=20))


async def refused(port: int, data: bytes, **how: Any) -> grpc.aio.AioRpcError:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await export(port, data, **how)
    return caught.value


def status_of(error: grpc.aio.AioRpcError) -> Status:
    details = dict(error.trailing_metadata())["grpc-status-details-bin"]
    assert isinstance(details, bytes)
    return Status.FromString(details)


@pytest.mark.parametrize("signal", list(Signal))
async def test_every_signal_travels_as_the_bytes_that_came(
    listen: Listen, sink: RecordingConsumer, spans: Spans, signal: Signal
) -> None:
    port = (await listen()).ports["grpc"]
    assert await export(port, spans(2), path=f"/{SERVICES[signal]}/Export") == b""
    assert [(batch.signal, batch.data) for batch in sink.batches] == [(signal, spans(2))]


@pytest.mark.parametrize("compression", [grpc.Compression.Gzip, grpc.Compression.Deflate])
async def test_gzip_and_deflate_are_decompressed(
    listen: Listen, sink: RecordingConsumer, spans: Spans, compression: grpc.Compression
) -> None:
    port = (await listen()).ports["grpc"]
    await export(port, spans(20), compression=compression)
    assert sink.batches[0].data == spans(20)


async def test_an_empty_request_is_a_success_that_does_not_travel(listen: Listen, sink: RecordingConsumer) -> None:
    port = (await listen()).ports["grpc"]
    assert await export(port, b"") == b""
    assert sink.batches == []


async def test_garbage_is_invalid_argument_and_the_next_request_works(
    listen: Listen, sink: RecordingConsumer, spans: Spans
) -> None:
    port = (await listen()).ports["grpc"]
    error = await refused(port, b"\xff\xff no OTLP")
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert status_of(error).code == 3
    await export(port, spans())
    assert sink.items == 1


@pytest.mark.parametrize("compression", [grpc.Compression.NoCompression, grpc.Compression.Gzip])
async def test_a_message_over_the_limit_is_resource_exhausted_without_retry_info(
    listen: Listen, sink: RecordingConsumer, spans: Spans, compression: grpc.Compression
) -> None:
    port = (await listen(grpc={"max_recv_msg_size_mib": 1})).ports["grpc"]
    error = await refused(port, bytes(2 << 20), compression=compression)
    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert "grpc-status-details-bin" not in dict(error.trailing_metadata())
    await export(port, spans())
    assert sink.items == 1


async def test_overload_is_unavailable_with_retry_info(listen: Listen, spans: Spans) -> None:
    port = (await listen(consumer=FailingConsumer(RetryableError("busy", delay_s=2.5)))).ports["grpc"]
    error = await refused(port, spans())
    assert error.code() is grpc.StatusCode.UNAVAILABLE
    (detail,) = status_of(error).details
    info = RetryInfo()
    assert detail.Unpack(info)
    assert info.retry_delay.ToMilliseconds() == 2500


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (PermanentError("bad data", invalid=True), grpc.StatusCode.INVALID_ARGUMENT),
        (PermanentError("no"), grpc.StatusCode.INTERNAL),
        (ZeroDivisionError("internals"), grpc.StatusCode.UNAVAILABLE),
    ],
)
async def test_each_failure_of_a_pipeline_has_its_code_and_none_is_unknown(
    listen: Listen, spans: Spans, error: Exception, code: grpc.StatusCode
) -> None:
    telemetry = Telemetry()
    port = (await listen(consumer=FailingConsumer(error), telemetry=telemetry)).ports["grpc"]
    heard = await refused(port, spans(3))
    assert heard.code() is code
    assert "internals" not in (heard.details() or "")
    counted = telemetry.snapshot()
    assert counted["otelcol_receiver_refused_spans", (("receiver", "otlp"), ("transport", "grpc"))] == 3


async def test_a_signal_without_a_pipeline_is_unimplemented(spans: Spans) -> None:
    config = OtlpReceiverConfig.model_validate({"protocols": {"grpc": {"endpoint": "127.0.0.1:0"}}})
    receiver = OtlpReceiver(config, build("otlp", SystemClock()))
    receiver.connect(Signal.LOGS, RecordingConsumer())
    await receiver.start(Extensions())
    error = await refused(receiver.ports["grpc"], spans())
    assert error.code() is grpc.StatusCode.UNIMPLEMENTED
    await receiver.shutdown(0)


async def test_a_call_without_a_message_is_refused_and_one_that_dawdles_is_ended(listen: Listen, spans: Spans) -> None:
    port = (await listen(grpc={"read_timeout": "100ms"})).ports["grpc"]

    async def nothing() -> AsyncIterator[bytes]:
        nobody: tuple[bytes, ...] = ()
        for each in nobody:
            yield each

    async def never() -> AsyncIterator[bytes]:
        await asyncio.Event().wait()
        yield b""

    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        method: grpc.aio.StreamUnaryMultiCallable[bytes, bytes] = channel.stream_unary(TRACES)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await method(nothing())
        assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await method(never())
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
    await export(port, spans())


async def test_the_pipeline_learns_who_sent_a_request(listen: Listen, sink: RecordingConsumer, spans: Spans) -> None:
    port = (await listen()).ports["grpc"]
    await export(port, spans(), metadata=(("x-forwarded-for", "203.0.113.7"), ("x-other", "1")))
    client = sink.batches[0].client
    assert client.address == "127.0.0.1"
    assert set(client.headers) == {"user-agent", "x-forwarded-for"}


async def test_all_metadata_travels_with_include_metadata(
    listen: Listen, sink: RecordingConsumer, spans: Spans
) -> None:
    port = (await listen(grpc={"include_metadata": True})).ports["grpc"]
    await export(port, spans(), metadata=(("x-other", "1"),))
    assert sink.batches[0].client.headers["x-other"] == "1"


@pytest.mark.parametrize("protocol", ["grpc", "http"])
async def test_a_taken_port_fails_at_start(listen: Listen, protocol: str) -> None:
    """Also by a listener that shares it: two collectors on one port would split sessions."""
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = {"endpoint": f"127.0.0.1:{other.getsockname()[1]}"}
        with pytest.raises(OtelrumError, match="cannot listen"):
            await listen(**{protocol: taken})


async def test_a_running_call_ends_before_the_receiver_does(spans: Spans, listen: Listen) -> None:
    entered, may_go = asyncio.Event(), asyncio.Event()

    class Slow:
        async def consume(self, batch: object) -> None:
            entered.set()
            await may_go.wait()

    receiver = await listen(consumer=Slow())
    call = asyncio.create_task(export(receiver.ports["grpc"], spans()))
    await entered.wait()
    stopping = asyncio.create_task(receiver.shutdown(SystemClock().now_ns() + 10 * 10**9))
    may_go.set()
    assert await call == b""
    await stopping


async def test_what_the_pipeline_took_is_accepted_though_its_caller_went_away(listen: Listen, spans: Spans) -> None:
    """It goes on its way all the same: counted as refused, more would be sent than was accepted."""
    entered, may_go = asyncio.Event(), asyncio.Event()
    taken = []

    class Slow:
        async def consume(self, batch: Batch) -> None:
            entered.set()
            await may_go.wait()
            taken.append(batch.items)

    telemetry = Telemetry()
    port = (await listen(consumer=Slow(), telemetry=telemetry)).ports["grpc"]
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        method: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(TRACES)
        call = method(spans(3))
        waiting = asyncio.ensure_future(answer(call))
        await entered.wait()
        call.cancel()
        await waiting
        await export(port, b"")  # the cancellation has been heard
        may_go.set()
        await export(port, b"")
    assert taken == [3]
    counted = telemetry.snapshot()
    labels = (("receiver", "otlp"), ("transport", "grpc"))
    assert counted["otelcol_receiver_accepted_spans", labels] == 3
    assert counted["otelcol_receiver_refused_spans", labels] == 0


async def answer(call: Any) -> None:
    with contextlib.suppress(asyncio.CancelledError):
        await call


async def test_a_connection_that_does_not_shake_hands_is_ended(listen: Listen) -> None:
    port = (await listen(grpc={"read_timeout": "100ms"})).ports["grpc"]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await reader.read()
    writer.close()


class RawHttp2:
    """A connection that speaks HTTP/2 frame by frame, for what no client library lets one see."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        writer.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + self._frame(SETTINGS, b""))

    def ping(self) -> None:
        self._writer.write(self._frame(PING, bytes(8)))

    async def next(self, kind: int) -> bytes:
        """What the next frame of this kind holds."""
        while True:
            head = await self._reader.readexactly(9)
            body = await self._reader.readexactly(int.from_bytes(head[:3]))
            if head[3] == kind and not head[4] & ACK:
                return body

    @staticmethod
    def _frame(kind: int, body: bytes) -> bytes:
        return len(body).to_bytes(3) + bytes([kind, 0]) + bytes(4) + body


SETTINGS, PING, GOAWAY, ACK = 4, 6, 7, 1
MAX_CONCURRENT_STREAMS, ENHANCE_YOUR_CALM = 3, 11


@asynccontextmanager
async def raw_http2(port: int) -> AsyncIterator[RawHttp2]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    async with asyncio.timeout(10):
        yield RawHttp2(reader, writer)
    writer.close()


async def test_a_client_that_pings_too_often_is_sent_away(listen: Listen) -> None:
    port = (await listen(grpc={"keepalive": {"enforcement_policy": {"min_time": "1h"}}})).ports["grpc"]
    async with raw_http2(port) as connection:
        for _ in range(5):
            connection.ping()
        assert int.from_bytes((await connection.next(GOAWAY))[4:8]) == ENHANCE_YOUR_CALM


async def test_a_client_that_is_silent_is_asked_whether_it_is_still_there_and_then_cut_off(listen: Listen) -> None:
    keepalive = {
        "server_parameters": {"time": "100ms", "timeout": "100ms"},
        "enforcement_policy": {"permit_without_stream": True},
    }
    port = (await listen(grpc={"keepalive": keepalive})).ports["grpc"]
    async with raw_http2(port) as connection:
        await connection.next(PING)
        with pytest.raises(asyncio.IncompleteReadError):
            while True:
                await connection.next(PING)


@pytest.mark.parametrize(("settings", "expected"), [({"max_concurrent_streams": 7}, [7]), ({}, [256])])
async def test_a_connection_has_so_many_calls_at_once_as_the_setting_says(
    listen: Listen, settings: dict[str, Any], expected: list[int]
) -> None:
    """Each call that begins costs memory, before its message comes and limits can count it."""
    port = (await listen(grpc=settings)).ports["grpc"]
    async with raw_http2(port) as connection:
        body = await connection.next(SETTINGS)
    pairs = [body[at : at + 6] for at in range(0, len(body), 6)]
    values = [int.from_bytes(pair[2:]) for pair in pairs if int.from_bytes(pair[:2]) == MAX_CONCURRENT_STREAMS]
    assert [value for value in values if value < 1 << 31] == expected


@pytest.mark.parametrize("setting", ["max_connection_age", "max_connection_idle"])
async def test_a_connection_has_an_age_so_that_balancers_can_spread_clients_anew(
    listen: Listen, sink: RecordingConsumer, spans: Spans, setting: str
) -> None:
    keepalive = {"server_parameters": {setting: "100ms"}}
    port = (await listen(grpc={"keepalive": keepalive})).ports["grpc"]
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        method: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(TRACES)
        await method(spans())
        await channel.wait_for_state_change(grpc.ChannelConnectivity.READY)
        await method(spans())
    assert sink.items == 2
