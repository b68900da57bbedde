"""What Kafka costs: CPU a span of an edge and a worker together, beside one process with the journal; and a restart.

    python -m tests.bench.fleet [--seconds 30] [--rate 2000] [--spans 5,20] [--sessions 10000]

Same load, same pace, one after the other. The broker's own CPU is not counted. A restart is measured with so many
sessions open: from the start of a worker whose process was killed until all that was sent meanwhile has left. Needs
what `make test-kafka` fetches.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from signal import SIGKILL, SIGTERM

from tests.bench.journal import CONNECTIONS, cost
from tests.kafka.broker import Broker
from tests.kafka.fleet import Edge, Worker
from tests.torture.backend import CountingBackend
from tests.torture.load import Sender, bodies

PATIENCE_S = 120.0
PARTITIONS = 6


class Line:
    """Edge, broker, worker, backend."""

    def __init__(self, folder: Path, broker: Broker, topic: str) -> None:
        broker.create_topic(topic, PARTITIONS)
        self.backend = CountingBackend()
        self.edge = Edge(folder, broker.address, topic)
        self.worker = Worker(folder, broker.address, self.backend.port, "one", topic)
        self.edge.start()
        self.worker.start()

    def send(self, requests: list[bytes], a_request: int, rate: int) -> set[bytes]:
        """What was acknowledged; returns at once when all was sent."""
        sender = Sender(self.edge.port, CONNECTIONS, a_request)
        sender.send(requests, rate)
        return sender.heard.acknowledged

    def wait_for(self, acknowledged: set[bytes]) -> float:
        """Until all of it has left; how long that took in seconds."""
        begin = time.monotonic()
        while not acknowledged <= self.backend.counts.keys():
            assert time.monotonic() < begin + PATIENCE_S, "something was lost"
            time.sleep(0.1)
        return time.monotonic() - begin

    def cpu_s(self) -> tuple[float, float]:
        """What edge and worker have used."""
        return self.edge.cpu_s(), self.worker.cpu_s()

    def end(self) -> None:
        self.edge.end(SIGTERM)
        self.worker.end(SIGTERM)
        self.backend.stop()


def fleet_us_a_span(broker: Broker, spans: int, a_request: int, rate: int) -> tuple[float, float]:
    """CPU of an edge and of a worker, without their start."""
    with tempfile.TemporaryDirectory() as made:
        line = Line(Path(made), broker, f"bench-{a_request}")
        line.wait_for(line.send(bodies(a_request, a_request=a_request), a_request, rate))
        before = line.cpu_s()
        line.wait_for(line.send(bodies(spans, a_request=a_request, seed=2), a_request, rate))
        after = line.cpu_s()
        line.end()
        edge, worker = ((now_s - then_s) / spans * 1e6 for now_s, then_s in zip(after, before, strict=True))
        return edge, worker


def restart_s(broker: Broker, sessions: int, rate: int) -> float:
    """From the start of a killed worker until it has caught up, with so many sessions open."""
    with tempfile.TemporaryDirectory() as made:
        line = Line(Path(made), broker, "restart")
        acknowledged = line.send(bodies(2 * 10 * sessions, pages=sessions, a_request=20), 20, rate)
        line.wait_for(acknowledged)
        line.worker.end(SIGKILL)
        acknowledged = line.send(bodies(1000, pages=sessions, seed=3, a_request=20), 20, rate)
        begin = time.monotonic()
        line.worker.start()
        line.wait_for(acknowledged)
        taken_s = time.monotonic() - begin
        line.end()
        return taken_s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--rate", type=int, default=2000, help="spans a second")
    parser.add_argument("--spans", default="5,20", help="a request")
    parser.add_argument("--sessions", type=int, default=10_000, help="open at a restart; 0: none is measured")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Broker(Path(folder)) as broker:
        for a_request in map(int, asked.spans.split(",")):
            spans = asked.seconds * asked.rate
            journal = cost(spans, a_request, asked.rate, 0.0).cpu_us_a_span
            edge, worker = fleet_us_a_span(broker, spans, a_request, asked.rate)
            print(
                f"{a_request} spans a request: one process with the journal {journal:.1f} us a span, "
                f"edge {edge:.1f} and worker {worker:.1f} ({(edge + worker) / journal:.2f} times)",
                flush=True,
            )
        if asked.sessions:
            print(f"restart with {asked.sessions} sessions: {restart_s(broker, asked.sessions, asked.rate):.1f} s")


if __name__ == "__main__":
    main()
