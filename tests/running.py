"""The program as a process of its own, and a backend for it in this one."""

from __future__ import annotations

import json
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import grpc
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.account import shown_account

# Far more than anything here takes: who waits longer waits for ever.
PATIENCE_S = 30.0

EXPORT = {
    "/opentelemetry.proto.collector.trace.v1.TraceService/Export": "traces",
    "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export": "metrics",
    "/opentelemetry.proto.collector.logs.v1.LogsService/Export": "logs",
}


SHOWING_METRICS = (
    "--set",
    "service.telemetry.metrics.level=normal",
    "--set",
    "service.telemetry.metrics.address=127.0.0.1:0",
)


class Collector:
    """An otelrum process that logs JSON to stderr; killed at the end if it still lives.

    Whatever a test does with it, before its end its account must balance: what it has accepted is sent,
    held, queued, or dropped by a reason.
    """

    def __init__(self, *arguments: str, showing_metrics: Sequence[str] = SHOWING_METRICS) -> None:
        command = [
            sys.executable,
            "-m",
            "otelrum",
            *arguments,
            "--set",
            "service.telemetry.logs.encoding=json",
            *showing_metrics,
        ]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        self._is_ending = False
        self.log: list[str] = []
        """The messages that were waited for or passed over, and lines that are no JSON."""
        self.foreign: list[str] = []
        """Who else wrote on stderr, or logged in another name than ours."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self.balance()
        finally:
            self._end()

    def _end(self) -> None:
        self._process.kill()
        self._process.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)
        assert self._process.stdout and self._process.stderr
        self._process.stdout.close()
        self._process.stderr.close()

    def wait_for(self, beginning: str) -> str:
        """The next message that begins so, without that beginning."""
        while (line := self._lines.get(timeout=PATIENCE_S)) is not None:
            message = self._noted(line)
            if message.startswith(beginning):
                return message.removeprefix(beginning)
        raise AssertionError(f"it ended without {beginning!r}: {self.log}")

    def ready(self) -> dict[str, int]:
        """Wait until it takes data; the port of each OTLP protocol."""
        self.wait_for("ready")
        prefix = "listening for OTLP/"
        heard = [message.removeprefix(prefix).split(" on ") for message in self.log if message.startswith(prefix)]
        return {protocol: port_of(endpoint) for protocol, endpoint in heard}

    @property
    def metrics_port(self) -> int | None:
        """Where its metrics are, once it is ready."""
        found = [port_of(line) for line in self.log if line.startswith("metrics on ")]
        return found[-1] if found else None

    def balance(self) -> None:
        """Wait until the account balances; some of it may be on its way from one component to the next."""
        port = self.metrics_port
        if port is None or self._is_ending or self._process.poll() is not None:
            return
        end = time.monotonic() + PATIENCE_S
        while not (account := shown_account(port)).balances():
            assert time.monotonic() < end, account
            time.sleep(0.01)

    @property
    def pid(self) -> int:
        return self._process.pid

    def ready_again(self, number: signal.Signals) -> dict[str, int]:
        """Ask it to begin anew, and wait until it has: the new ports."""
        self.balance()
        self.send_signal(number)
        self.wait_for("stopped")
        self.log.clear()
        return self.ready()

    def send_signal(self, number: signal.Signals) -> None:
        """A signal that does not end it."""
        self._process.send_signal(number)

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal. Before the first signal its account must balance."""
        self.balance()
        self._is_ending = True
        self._process.send_signal(number)

    def exit_status(self) -> int:
        """Wait for the end; the rest of the log is in `log` then."""
        status = self._process.wait(PATIENCE_S)
        while (line := self._lines.get(timeout=PATIENCE_S)) is not None:
            self._noted(line)
        return status

    def _noted(self, line: str) -> str:
        record = json.loads(line) if line.startswith("{") else {"logger": "", "msg": line}
        if not record["logger"].startswith("otelrum."):
            self.foreign.append(line)
        message: str = record["msg"]
        self.log.append(message)
        return message

    def _read(self) -> None:
        assert self._process.stderr
        for line in self._process.stderr:
            self._lines.put(line.rstrip("\n"))
        self._lines.put(None)


def port_of(endpoint: str) -> int:
    return int(endpoint.rpartition(":")[2])


class Backend(grpc.GenericRpcHandler):
    """An OTLP/gRPC server that keeps what it gets."""

    def __init__(self) -> None:
        self.requests: dict[str, list[bytes]] = {signal: [] for signal in EXPORT.values()}

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[bytes, bytes] | None:
        if details.method not in EXPORT:
            return None
        kept = self.requests[EXPORT[details.method]]

        def export(request: bytes, context: grpc.ServicerContext) -> bytes:
            kept.append(request)
            return b""

        return grpc.unary_unary_rpc_method_handler(export)

    def spans(self) -> list[Span]:
        """All that came, in the order of their coming."""
        requests = map(ExportTraceServiceRequest.FromString, self.requests["traces"])
        return [
            span
            for request in requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


@contextmanager
def backend() -> Iterator[tuple[Backend, str]]:
    """A running backend and its endpoint."""
    kept = Backend()
    server = grpc.server(ThreadPoolExecutor(2))
    server.add_generic_rpc_handlers((kept,))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield kept, f"127.0.0.1:{port}"
    finally:
        server.stop(None).wait()


def written(folder: Path, text: str) -> str:
    """A configuration file with this text."""
    path = folder / "otelrum.yaml"
    path.write_text(text)
    return str(path)
