"""What the journal costs: CPU a span and acknowledgements, with and without it, at the same pace.

    python -m tests.bench.journal [--seconds 40] [--rate 4000] [--spans 5,20,100] [--fsync-ms 5]

Times of decisions are short, so that in these seconds requests are also expired, as in a long life. With the
journal each fsync takes so many milliseconds longer than on this disk, whose own is printed first. Exit status 1
where the journal costs more than twice the CPU, or p99 is over 50 ms.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from signal import SIGTERM

from tests.torture.backend import CountingBackend
from tests.torture.load import Sender, bodies
from tests.torture.victim import FAST, Victim, configured, free_port

MOST_TIMES = 2.0
MOST_P99_MS = 50.0
CONNECTIONS = 16


@dataclass(frozen=True)
class Cost:
    """What one life took."""

    cpu_us_a_span: float
    p50_ms: float
    p99_ms: float


def fsync_ms(folder: Path, times: int = 100) -> float:
    """The median of this disk."""
    file = os.open(folder / "probe", os.O_CREAT | os.O_WRONLY)
    taken = []
    for _ in range(times):
        os.write(file, bytes(4096))
        begin = time.perf_counter()
        os.fdatasync(file)
        taken.append((time.perf_counter() - begin) * 1000)
    os.close(file)
    return sorted(taken)[times // 2]


def cost(spans: int, a_request: int, rate: int, slower_ms: float | None) -> Cost:
    """Without a journal, or with one whose fsync takes so much longer."""
    backend = CountingBackend()
    with tempfile.TemporaryDirectory() as made:
        folder, port = Path(made), free_port()
        rum_action = FAST if slower_ms is None else f"{FAST}, storage: file_storage"
        queue = "enabled: true" if slower_ms is None else "storage: file_storage"
        program = () if slower_ms is None else ("-m", "tests.bench.slow_disk", str(slower_ms))
        victim = Victim(folder, port, configured(port, backend.port, folder / "data", rum_action, queue), *program)
        requests = bodies(spans, a_request=a_request)
        victim.start()
        before_s = victim.cpu_s()
        sender = Sender(port, CONNECTIONS, a_request)
        sender.send(requests, rate)
        used_s = victim.end(SIGTERM) - before_s
    backend.stop()
    assert not sender.heard.refused and sender.heard.acknowledged <= backend.counts.keys(), "something was lost"
    return Cost(used_s / spans * 1e6, sender.heard.after_ms(0.5), sender.heard.after_ms(0.99))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=40)
    parser.add_argument("--rate", type=int, default=4000, help="spans a second")
    parser.add_argument("--spans", default="5,20,100", help="a request")
    parser.add_argument("--fsync-ms", type=float, default=5.0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        own_ms = fsync_ms(Path(folder))
    print(f"fsync of this disk: {own_ms:.2f} ms; with the journal {asked.fsync_ms:g} ms", flush=True)
    is_good = True
    for a_request in map(int, asked.spans.split(",")):
        spans = asked.rate * asked.seconds
        without = cost(spans, a_request, asked.rate, None)
        journal = cost(spans, a_request, asked.rate, max(0.0, asked.fsync_ms - own_ms))
        times = journal.cpu_us_a_span / without.cpu_us_a_span
        is_good &= times <= MOST_TIMES and journal.p99_ms <= MOST_P99_MS
        print(
            f"{a_request} spans a request: without {without.cpu_us_a_span:.1f} us a span, p99 {without.p99_ms:.1f} ms; "
            f"with {journal.cpu_us_a_span:.1f} us ({times:.2f} times), p50 {journal.p50_ms:.1f} ms, "
            f"p99 {journal.p99_ms:.1f} ms",
            flush=True,
        )
    sys.exit(0 if is_good else 1)


if __name__ == "__main__":
    main()
