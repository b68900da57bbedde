"""A receiver with `rum_action` behind it, on real ports of this process, and what a client hears of it."""

from __future__ import annotations

import asyncio
import http.client
import socket
import threading
from collections.abc import Mapping

import grpc
import uvloop
from google.protobuf.json_format import Parse
from google.protobuf.message import Message
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from otelrum.collector.clock import SystemClock
from otelrum.collector.component import Consumer, PipelineId
from otelrum.otlp.batch import Batch, Signal
from otelrum.processors.rum_action.config import RumActionConfig
from otelrum.processors.rum_action.processor import RumAction
from otelrum.receivers.otlp.config import OtlpReceiverConfig
from otelrum.receivers.otlp.grpc import SERVICES
from otelrum.receivers.otlp.receiver import OtlpReceiver
from otelrum.testing import Extensions, build

PATIENCE_S = 10.0
"""Whoever gets no answer in this time gets none."""

RESPONSES: Mapping[Signal, type[Message]] = {
    Signal.TRACES: ExportTraceServiceResponse,
    Signal.METRICS: ExportMetricsServiceResponse,
    Signal.LOGS: ExportLogsServiceResponse,
}
REFUSALS = frozenset({400, 404, 405, 413, 415})
"""What a hostile request may hear. 503 would make honest clients send it for ever."""

CODES = frozenset({grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.RESOURCE_EXHAUSTED})


class Nobody:
    """Where everything goes."""

    async def consume(self, batch: Batch) -> None:
        """Drop it."""


class Door:
    """The receiver; one for the whole process, because it is what lives on after a hostile request."""

    def __init__(self) -> None:
        self._loop = uvloop.new_event_loop()  # the loop of the product
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        ports = asyncio.run_coroutine_threadsafe(self._open(), self._loop).result(PATIENCE_S)
        self._http_port = ports["http"]
        self._channel = grpc.insecure_channel(f"127.0.0.1:{ports['grpc']}")
        self._connection = http.client.HTTPConnection("127.0.0.1", self._http_port, timeout=PATIENCE_S)

    async def _open(self) -> Mapping[str, int]:
        free = {"endpoint": "127.0.0.1:0"}
        config = OtlpReceiverConfig.model_validate({"protocols": {"grpc": free, "http": free}})
        receiver = OtlpReceiver(config, build("otlp", SystemClock()))
        rum = RumAction(RumActionConfig(max_held_mib=64), build("rum_action", SystemClock()))
        nobody: Consumer = Nobody()
        receiver.connect(Signal.METRICS, nobody)
        for signal in (Signal.TRACES, Signal.LOGS):
            receiver.connect(signal, rum.connect(PipelineId(signal), nobody))
        await rum.start(Extensions())
        await receiver.start(Extensions())
        return receiver.ports

    def post(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> None:
        """A request over HTTP. Raises AssertionError where the answer is none of OTLP's."""
        try:
            self._connection.request(method, path, body, dict(headers))
            answer = self._connection.getresponse()
            got = answer.read()
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            self._connection.close()  # kept alive too long, or refused before the body was read: the next one connects
            return
        kind = answer.headers.get("content-type", "")
        if answer.status == 200:
            signal = Signal(path.rpartition("/")[2])
            _read(RESPONSES[signal](), got, kind)
            return
        assert answer.status in REFUSALS, (answer.status, got)
        status = Status()
        _read(status, got, kind)
        assert status.code and status.message, got

    def call(self, signal: Signal, body: bytes) -> None:
        """A call over gRPC. Raises AssertionError where the answer is none of OTLP's."""
        export: grpc.UnaryUnaryMultiCallable[bytes, bytes] = self._channel.unary_unary(f"/{SERVICES[signal]}/Export")
        try:
            got = export(body, timeout=PATIENCE_S)
        except grpc.RpcError as error:
            assert isinstance(error, grpc.Call)
            assert error.code() in CODES, (error.code(), error.details())
            return
        RESPONSES[signal].FromString(got)

    def speak(self, data: bytes) -> None:
        """Any bytes to the HTTP port. Raises AssertionError where something else than HTTP comes back, or no end."""
        with socket.create_connection(("127.0.0.1", self._http_port), PATIENCE_S) as stream:
            try:
                stream.sendall(data)
                stream.shutdown(socket.SHUT_WR)
                got = b"".join(iter(lambda: stream.recv(65536), b""))
            except (BrokenPipeError, ConnectionResetError):
                return
        assert not got or got.startswith(b"HTTP/1.1 "), got
        assert b"HTTP/1.1 500" not in got, got


def _read(message: Message, body: bytes, kind: str) -> None:
    """The body in the encoding that it says."""
    if kind == "application/x-protobuf":
        message.ParseFromString(body)
    else:
        assert kind == "application/json", kind
        Parse(body, message)
