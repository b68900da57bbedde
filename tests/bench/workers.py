"""What two workers of one process group would cost: a prototype of what decision 12 turned down.

    python -m tests.bench.workers [--loads a,b,c] [--spans 60000] [--runs 5]

Each worker is a whole collector. Before `rum_action` stands a processor that keeps what its worker owns (a session has
one owner) and passes the rest to the other worker over a socket, which answers when it has taken it. Each worker is
sent half of the requests. The figure is CPU a span of one collector, of both workers together, and how many times the
load of one they could take: twice the first over the second.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from struct import Struct
from typing import cast
from zlib import crc32

from otelrum.builtin import FACTORIES
from otelrum.collector.component import Build, Consumer, Factory, Host, PipelineId
from otelrum.collector.factories import ComponentKind
from otelrum.collector.sections import Section
from otelrum.otlp.batch import Batch, Signal
from otelrum.otlp.groups import read_groups
from otelrum.otlp.requests import RequestWriter
from otelrum.otlp.spans import KeyFilter, read_span
from tests.bench.contenders import CONFIGS, CONTENDERS, Ports
from tests.bench.measure import Backend, Load, cpu_s, free_port, measure, send_all, wait_for
from tests.bench.run import LOADS

WORKERS = 2
HEAD = Struct("<IQB")
"""Of a frame: bytes that follow, the number of the request, and the place of its signal; 0 bytes are the answer."""

SIGNALS = tuple(Signal)
SESSION = KeyFilter(["session.id"])
Take = Callable[[Signal, bytes], Awaitable[None]]


class Link(asyncio.Protocol):
    """One end of the socket between two workers: frames of many requests are written at once."""

    def __init__(self, take: Take) -> None:
        self._take = take
        self._answers: dict[int, asyncio.Future[None]] = {}
        self._unread = bytearray()
        self._unsent: list[bytes] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)
        self._loop = asyncio.get_running_loop()

    async def request(self, batch: Batch) -> None:
        """Returns when the other worker has taken it."""
        number, answer = id(batch), self._loop.create_future()
        self._answers[number] = answer
        self._send(number, SIGNALS.index(batch.signal), batch.data)
        await answer

    def _send(self, number: int, signal: int, data: bytes = b"") -> None:
        if not self._unsent:
            self._loop.call_soon(self._flush)
        self._unsent += [HEAD.pack(len(data), number, signal), data]

    def _flush(self) -> None:
        unsent, self._unsent = self._unsent, []
        self._transport.write(b"".join(unsent))

    def data_received(self, data: bytes) -> None:
        self._unread += data
        at = 0
        while len(self._unread) - at >= HEAD.size:
            size, number, signal = HEAD.unpack_from(self._unread, at)
            if len(self._unread) - at < HEAD.size + size:
                break
            self._on_frame(number, signal, bytes(self._unread[at + HEAD.size : at + HEAD.size + size]))
            at += HEAD.size + size
        del self._unread[:at]

    def _on_frame(self, number: int, signal: int, data: bytes) -> None:
        if not data:
            self._answers.pop(number).set_result(None)
            return
        task = self._loop.create_task(self._taken(number, SIGNALS[signal], data))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _taken(self, number: int, signal: Signal, data: bytes) -> None:
        await self._take(signal, data)
        self._send(number, 0)


class OwnerConfig(Section):
    """Which worker this is, and where the sockets are."""

    number: int
    folder: str


@dataclass(frozen=True, slots=True, eq=False)
class OwnerInput:
    """One pipeline's door."""

    owner: SessionOwner
    next: Consumer

    async def consume(self, batch: Batch) -> None:
        await self.owner.take(batch, self.next)


class SessionOwner:
    """Keeps what this worker owns, and passes on what the other one does."""

    def __init__(self, config: OwnerConfig, build: Build) -> None:
        self._number = config.number
        self._folder = Path(config.folder)
        self._inputs: dict[Signal, Consumer] = {}
        self._server: asyncio.Server | None = None
        self._link: asyncio.Task[Link] | None = None

    def connect(self, pipeline: PipelineId, next_consumer: Consumer) -> Consumer:
        self._inputs[pipeline.signal] = next_consumer
        return OwnerInput(self, next_consumer)

    async def start(self, host: Host) -> None:
        self._server = await asyncio.get_running_loop().create_unix_server(self._new_link, self._socket(self._number))

    async def shutdown(self, deadline_ns: int) -> None:
        """The process ends, and the sockets with it."""

    async def _from_other(self, signal: Signal, data: bytes) -> None:
        await self._inputs[signal].consume(Batch(signal, data))

    def _socket(self, number: int) -> str:
        return str(self._folder / f"{number}.sock")

    def _new_link(self) -> Link:
        return Link(self._from_other)

    async def _connected(self) -> Link:
        loop, other = asyncio.get_running_loop(), self._socket(1 - self._number)
        return (await loop.create_unix_connection(self._new_link, other))[1]

    async def take(self, batch: Batch, next_consumer: Consumer) -> None:
        if self._link is None:
            self._link = asyncio.create_task(self._connected())
        link = await self._link
        own, others = divided(batch, self._number)
        taken = [next_consumer.consume(one) for one in own] + [link.request(one) for one in others]
        if len(taken) == 1:
            await taken[0]
        else:
            await asyncio.gather(*taken)


def divided(batch: Batch, number: int) -> tuple[list[Batch], list[Batch]]:
    """What this worker owns of a request of spans, and what the other one does; whole where it can be."""
    parts = [RequestWriter(batch.signal, client=batch.client) for _ in range(WORKERS)]
    owners = set()
    for group in read_groups(batch.data):
        for scope in group.scopes:
            for item in scope.items:
                span = read_span(item, SESSION)
                session = span.attributes.get("session.id")
                key = session.encode() if isinstance(session, str) else span.trace_id
                owner = crc32(key) % WORKERS
                owners.add(owner)
                parts[owner].add(group.header, scope.header, item)
    if len(owners) == 1:
        return ([batch], []) if number in owners else ([], [batch])
    return parts[number].finish(), parts[1 - number].finish()


def run_worker(arguments: list[str]) -> None:
    """`otelrum` with one more processor."""
    from otelrum import cli

    processors = (*FACTORIES.rows[ComponentKind.PROCESSORS], OWNER)
    cli.FACTORIES = type(FACTORIES)({**FACTORIES.rows, ComponentKind.PROCESSORS: processors})  # type: ignore[attr-defined]
    cli.cli(arguments, prog_name="worker")


OWNER = Factory(
    type="session_owner",
    config=OwnerConfig,
    create=SessionOwner,
    signals=frozenset({Signal.TRACES, Signal.LOGS}),
    shared=True,
)


def worker(number: int, folder: Path, ports: Ports) -> subprocess.Popen[bytes]:
    """One of two."""
    own = {"number": number, "folder": str(folder)}
    pipeline = "[session_owner,rum_action,batch]"
    command = [sys.executable, "-m", "tests.bench.workers", "--worker"]
    command += [f"--config={CONFIGS / name}.yaml" for name in ("base", "full")]
    command += [f"--set=processors.session_owner.{key}={value}" for key, value in own.items()]
    command += [f"--set=service.pipelines.{signal}.processors={pipeline}" for signal in ("traces", "logs")]
    return subprocess.Popen(command, env=os.environ | ports.environment(folder), stdout=subprocess.DEVNULL)


def cost_us(load: Load, spans: int) -> float:
    """CPU a span of both workers."""
    bodies = load.bodies(spans // load.spans, is_browser=True)
    out = free_port()
    ports = [Ports(free_port(), free_port(), out) for _ in range(WORKERS)]
    with tempfile.TemporaryDirectory() as made:
        backend = Backend(out)
        both = [worker(number, Path(made), own) for number, own in enumerate(ports)]
        try:
            for own, process in zip(ports, both, strict=True):
                wait_for(own.grpc if load.protocol == "grpc" else own.http, process)
            time.sleep(1)
            before = sum(cpu_s(process.pid) for process in both)
            with ThreadPoolExecutor(WORKERS) as senders:
                halves = [bodies[number::WORKERS] for number in range(WORKERS)]
                list(senders.map(partial(send_all, load), ports, halves))
            backend.wait(len(bodies) * load.spans)
            return (sum(cpu_s(process.pid) for process in both) - before) / len(bodies) / load.spans * 1e6
        finally:
            for process in both:
                process.terminate()
                process.wait()
            backend.end()


def main() -> None:
    if sys.argv[1:2] == ["--worker"]:
        run_worker(sys.argv[2:])
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--loads", default="a,b,c")
    parser.add_argument("--spans", type=int, default=60_000)
    parser.add_argument("--runs", type=int, default=5)
    asked = parser.parse_args()
    full = next(contender for contender in CONTENDERS if contender.name == "full")
    for key in asked.loads.split(","):
        pairs = [
            (measure(full, LOADS[key], asked.spans).cpu_us_a_span, cost_us(LOADS[key], asked.spans))
            for _ in range(asked.runs)
        ]
        one, both = (statistics.median(figures) for figures in zip(*pairs, strict=True))
        print(f"{LOADS[key].name}: one {one:.1f} us a span, two {both:.1f}: {2 * one / both:.2f} times", flush=True)


if __name__ == "__main__":
    main()
