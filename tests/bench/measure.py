"""One contender under one load: CPU a span, throughput, acknowledgements, memory, bytes and requests out."""

from __future__ import annotations

import gzip
import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import grpc

from otelrum.otlp.batch import Signal
from otelrum.otlp.json import to_json
from tests.bench.contenders import Contender, Ports
from tests.bench.load import log_requests, requests
from tests.bench.shapes import SHAPES

EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
PATIENCE_S = 90.0
CLIENTS = 16


@dataclass(frozen=True)
class Load:
    """What is sent: by which protocol, how many spans a request."""

    name: str
    protocol: str
    spans: int
    form: str = "protobuf"
    """Or `gzip`, `json`, `logs`."""
    shape: str = "instrumentation"
    """What a page sends: one of `SHAPES`."""
    rate: float = 5000.0
    """Spans a second at a steady pace."""

    def bodies(self, count: int, is_browser: bool) -> list[bytes]:
        """So many requests. A page acts every few seconds at the pace that a page load of work has."""
        return _bodies(self, count, is_browser)

    @property
    def headers(self) -> dict[str, str]:
        kind = "application/json" if self.form == "json" else "application/x-protobuf"
        return {"Content-Type": kind} | ({"Content-Encoding": "gzip"} if self.form == "gzip" else {})

    @property
    def path(self) -> str:
        return "/v1/logs" if self.form == "logs" else "/v1/traces"


@lru_cache(2)
def _bodies(load: Load, count: int, is_browser: bool) -> list[bytes]:
    if load.form == "logs":
        return log_requests(count, load.spans, pages=1000)
    plain = requests(count, load.spans, pages=1000, is_browser=is_browser, shape=SHAPES[load.shape])
    if load.form == "json":
        return [to_json(Signal.TRACES, body).encode() for body in plain]
    return [gzip.compress(body, 6) for body in plain] if load.form == "gzip" else plain


@dataclass(frozen=True)
class Result:
    """What was measured."""

    contender: str
    load: str
    cpu_us_a_span: float
    spans_a_second: float
    p50_ms: float
    p99_ms: float
    peak_mib: float
    bytes_out: int
    bytes_in: int
    requests_ratio: float
    paced_us_a_span: float = 0.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit(f"nobody listens on port {port}")


def cpu_s(pid: int) -> float:
    """What the kernel's scheduler gave to all threads of a process: to the nanosecond, where ticks have 10 ms."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9


def peak_mib(pid: int) -> float:
    line = next(one for one in Path(f"/proc/{pid}/status").read_text().splitlines() if one.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


class GrpcSender:
    """One client over gRPC, with so many requests on their way."""

    def __init__(self, load: Load, ports: Ports, window: int) -> None:
        self._channel = grpc.insecure_channel(
            f"127.0.0.1:{ports.grpc}", options=[("grpc.use_local_subchannel_pool", 1)]
        )
        self._call: grpc.UnaryUnaryMultiCallable[bytes, bytes] = self._channel.unary_unary(EXPORT)
        self._window = window
        self._waiting: deque[grpc.Future[bytes]] = deque()

    def send(self, body: bytes) -> None:
        if self._window == 1:
            self._call(body, timeout=PATIENCE_S)
            return
        self._waiting.append(self._call.future(body, timeout=PATIENCE_S))
        if len(self._waiting) == self._window:
            self._waiting.popleft().result()

    def close(self) -> None:
        """When all are answered."""
        for answer in self._waiting:
            answer.result()
        self._channel.close()


class HttpSender:
    """One client over HTTP, on one connection."""

    def __init__(self, load: Load, ports: Ports, window: int) -> None:
        self._load = load
        self._connection = http.client.HTTPConnection("127.0.0.1", ports.http, timeout=PATIENCE_S)

    def send(self, body: bytes) -> None:
        self._connection.request("POST", self._load.path, body, self._load.headers)
        answer = self._connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise SystemExit(f"HTTP {answer.status}")

    def close(self) -> None:
        self._connection.close()


def send_all(load: Load, ports: Ports, bodies: list[bytes], rate: float = 0.0, window: int = 1) -> list[float]:
    """By several clients, at so many spans a second or as fast as answers come; how long each took, in ms.

    `window` is how many requests a client has on their way, over HTTP as so many more clients.
    """
    begin = time.monotonic()

    def one(own: list[tuple[int, bytes]]) -> list[float]:
        sender, taken = (GrpcSender if load.protocol == "grpc" else HttpSender)(load, ports, window), []
        for n, body in own:
            if rate:
                time.sleep(max(0.0, begin + n * load.spans / rate - time.monotonic()))
            sent = time.perf_counter()
            sender.send(body)
            taken.append((time.perf_counter() - sent) * 1000)
        sender.close()
        return taken

    count = CLIENTS * (window if load.protocol == "http" else 1)
    with ThreadPoolExecutor(count) as clients:
        numbered = list(enumerate(bodies))
        parts = [numbered[n::count] for n in range(count)]
        return [taken for part in clients.map(one, parts) for taken in part]


class Backend:
    """The sink as a process."""

    def __init__(self, port: int) -> None:
        self._process = subprocess.Popen([sys.executable, "-m", "tests.bench.sink", str(port)], stdout=subprocess.PIPE)
        wait_for(port, self._process)

    def wait(self, spans: int) -> dict[str, int]:
        """What it counted when all spans were there."""
        until = time.monotonic() + PATIENCE_S
        assert self._process.stdout
        for line in self._process.stdout:
            counts: dict[str, int] = json.loads(line)
            if counts["spans"] >= spans:
                return counts
            if time.monotonic() > until:
                raise SystemExit(f"only {counts['spans']} of {spans} spans came out")
        raise SystemExit("the sink ended")

    def end(self) -> None:
        self._process.terminate()
        self._process.wait()


def measure(contender: Contender, load: Load, spans: int, rate: float = 0.0) -> Result:
    """From the first request until the last span was at the backend; raises SystemExit where spans are lost."""
    bodies = load.bodies(spans // load.spans, contender.is_browser)
    ports = Ports(free_port(), free_port(), free_port())
    with tempfile.TemporaryDirectory() as folder:
        backend = Backend(ports.out)
        environment = os.environ | ports.environment(Path(folder))
        process = subprocess.Popen(contender.command(ports), stdout=subprocess.DEVNULL, env=environment)
        try:
            wait_for(ports.grpc if load.protocol == "grpc" else ports.http, process)
            time.sleep(1)
            before, begin = cpu_s(process.pid), time.monotonic()
            taken = sorted(send_all(load, ports, bodies, rate, contender.window))
            sending_s = time.monotonic() - begin
            counts = backend.wait(len(bodies) * load.spans)
            used, memory = cpu_s(process.pid) - before, peak_mib(process.pid)
        finally:
            process.terminate()
            process.wait()
            backend.end()
    count = len(bodies) * load.spans
    return Result(
        contender.name,
        load.name,
        used / count * 1e6,
        count / sending_s,
        statistics.median(taken),
        taken[int(len(taken) * 0.99)],
        memory,
        counts["bytes"],
        sum(map(len, bodies)),
        counts["requests"] / len(bodies),
    )
