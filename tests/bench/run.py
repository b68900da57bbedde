"""Measures contenders side by side in one run: CPU a span, throughput, acknowledgements, memory, bytes.

    python -m tests.bench.run [--loads a,b,c] [--only full,rotel] [--spans 30000] [--json FILE]

Every contender is a process of its own; its CPU is what the kernel counted for all its threads from the
first request until the last span was at the backend. `make bench` runs it.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import grpc
from rich.console import Console
from rich.table import Table

from tests.bench.contenders import CONTENDERS, Contender, Ports
from tests.bench.load import requests

EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
PATIENCE_S = 90.0
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
CLIENTS = 4


@dataclass(frozen=True)
class Load:
    """What is sent: by which protocol, how many spans a request."""

    name: str
    protocol: str
    spans: int


LOADS = {
    "a": Load("(a) edge: HTTP, 5", "http", 5),
    "b": Load("(b) sidecar: HTTP, 20", "http", 20),
    "bg": Load("(b) sidecar: gRPC, 20", "grpc", 20),
    "c": Load("(c) gateway: gRPC, 100", "grpc", 100),
    "c1000": Load("(c) gateway: gRPC, 1,000", "grpc", 1000),
}


@dataclass(frozen=True)
class Result:
    """What was measured of one contender under one load."""

    contender: str
    load: str
    cpu_us_a_span: float
    spans_a_second: float
    p50_ms: float
    p99_ms: float
    peak_mib: float
    bytes_ratio: float
    requests_ratio: float


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
    """User and system time of a process, all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND


def peak_mib(pid: int) -> float:
    line = next(one for one in Path(f"/proc/{pid}/status").read_text().splitlines() if one.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def grpc_sender(ports: Ports) -> Callable[[bytes], None]:
    channel = grpc.insecure_channel(f"127.0.0.1:{ports.grpc}", options=[("grpc.use_local_subchannel_pool", 1)])
    call = channel.unary_unary(EXPORT)

    def send(body: bytes) -> None:
        call(body, timeout=PATIENCE_S)

    return send


def http_sender(ports: Ports) -> Callable[[bytes], None]:
    connection = http.client.HTTPConnection("127.0.0.1", ports.http, timeout=PATIENCE_S)

    def send(body: bytes) -> None:
        connection.request("POST", "/v1/traces", body, {"Content-Type": "application/x-protobuf"})
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise SystemExit(f"HTTP {answer.status}")

    return send


def send_all(load: Load, ports: Ports, bodies: list[bytes]) -> list[float]:
    """Send as fast as answers come, by several clients; how long each answer took, in ms."""

    def one(own: list[bytes]) -> list[float]:
        send, taken = (grpc_sender if load.protocol == "grpc" else http_sender)(ports), []
        for body in own:
            begin = time.perf_counter()
            send(body)
            taken.append((time.perf_counter() - begin) * 1000)
        return taken

    with ThreadPoolExecutor(CLIENTS) as clients:
        parts = [bodies[n::CLIENTS] for n in range(CLIENTS)]
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


def measure(contender: Contender, load: Load, spans: int) -> Result:
    """One contender under one load."""
    bodies = requests(spans // load.spans, load.spans, pages=1000, is_browser=contender.is_browser)
    ports = Ports(free_port(), free_port(), free_port())
    with tempfile.TemporaryDirectory() as folder:
        backend = Backend(ports.out)
        process = subprocess.Popen(contender.command(ports, Path(folder)), stdout=subprocess.DEVNULL)
        try:
            wait_for(ports.grpc if load.protocol == "grpc" else ports.http, process)
            time.sleep(1)
            before, begin = cpu_s(process.pid), time.monotonic()
            taken = sorted(send_all(load, ports, bodies))
            sending_s = time.monotonic() - begin
            counts = backend.wait(len(bodies) * load.spans)
            used = cpu_s(process.pid) - before
            memory = peak_mib(process.pid)
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
        counts["bytes"] / sum(map(len, bodies)),
        counts["requests"] / len(bodies),
    )


def shown(results: list[Result]) -> Table:
    columns = ("spans/s", "p50 ms", "p99 ms", "MiB", "bytes", "requests")
    table = Table("load", "contender", "CPU us a span", "x rotel", *columns)
    for one in results:
        rotel = next((r.cpu_us_a_span for r in results if r.contender == "rotel" and r.load == one.load), None)
        ratio = f"{one.cpu_us_a_span / rotel:.2f}" if rotel else ""
        figures = [one.spans_a_second, one.p50_ms, one.p99_ms, one.peak_mib]
        texts = [f"{figure:.1f}" if figure < 100 else f"{figure:,.0f}" for figure in figures]
        ratios = [f"{one.bytes_ratio:.2f}", f"{one.requests_ratio:.2f}"]
        table.add_row(one.load, one.contender, f"{one.cpu_us_a_span:.1f}", ratio, *texts, *ratios)
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--loads", default="a,b,bg,c,c1000")
    parser.add_argument("--only", default="")
    parser.add_argument("--spans", type=int, default=30_000)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    names = asked.only.split(",") if asked.only else [contender.name for contender in CONTENDERS]
    results = []
    for key in asked.loads.split(","):
        for contender in CONTENDERS:
            if contender.name not in names or (contender.name == "floor" and LOADS[key].protocol == "http"):
                continue
            results.append(measure(contender, LOADS[key], asked.spans))
            print(asdict(results[-1]), file=sys.stderr)
    Console(width=150).print(shown(results))
    if asked.json:
        asked.json.write_text(json.dumps([asdict(result) for result in results], indent=1))


if __name__ == "__main__":
    main()
