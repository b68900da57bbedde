"""The backend goes away under load, and comes back: every acknowledged span must arrive.

    python -m tests.torture.away [--minutes 10] [--rate 2000] [--storage-mib 1024] [--memory-mib 1000]

With a journal. Prints what was acknowledged and refused, memory and disk, and how long it took afterwards.
Exit status 1 when anything that was acknowledged is missing, or a refusal was not one to come again.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import grpc

from tests.torture.backend import CountingBackend, Mood
from tests.torture.load import SPANS, Heard, Sender, bodies
from tests.torture.victim import Victim, configured, free_port

PATIENCE_S = 300.0
DEFAULT = "decision_wait: 16s"
CHUNK_S = 10
"""Requests are made ahead for so long: not all of them fit in memory."""


@dataclass(frozen=True)
class Outcome:
    """What became of it."""

    heard: Heard
    backend: CountingBackend
    peak_mib: float
    disk_mib: float
    drained_s: float

    @property
    def missing(self) -> int:
        return len(self.heard.acknowledged - self.backend.counts.keys())

    @property
    def is_honest(self) -> bool:
        """Whether the refused heard when to come again."""
        return self.heard.codes <= {grpc.StatusCode.UNAVAILABLE}


def away(seconds: float, rate: int, storage_mib: int, memory_mib: int, waits: str = DEFAULT) -> Outcome:
    """Send at this rate while nobody takes it, then let the backend come back."""
    backend = CountingBackend()
    backend.feel(Mood.GONE)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        data = folder / "data"
        queue = f"storage: file_storage, sizer: bytes, queue_size: {storage_mib << 20}"
        port = free_port()
        config = configured(port, backend.port, data, f"storage: file_storage, {waits}", queue, memory_mib)
        victim = Victim(folder, port, config.replace("max_mib: 1024", f"max_mib: {storage_mib}"))
        victim.start()
        sender, disk = Sender(port), _Disk(data)
        left = int(seconds * rate)
        seed = 0
        while left > 0:
            seed += 1
            sender.send(bodies(min(left, CHUNK_S * rate), seed=seed), rate)
            left -= CHUNK_S * rate
        backend.feel(Mood.WELL)
        begin = time.monotonic()
        while time.monotonic() < begin + PATIENCE_S and len(backend.counts) < len(sender.heard.acknowledged):
            time.sleep(0.5)
        drained_s = time.monotonic() - begin
        peak_mib = victim.peak_mib()
        victim.end(signal.SIGTERM)
        disk.end()
    backend.stop()
    return Outcome(sender.heard, backend, peak_mib, disk.peak_mib, drained_s)


class _Disk:
    """Watches how much a directory takes."""

    def __init__(self, folder: Path) -> None:
        self.peak_mib = 0.0
        self._folder = folder
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(1.0):
            size = sum(path.stat().st_size for path in self._folder.glob("*"))
            self.peak_mib = max(self.peak_mib, size / (1 << 20))


def shown(outcome: Outcome) -> str:
    heard, counts = outcome.heard, outcome.backend.counts
    copies = sum(counts.values()) - len(counts)
    return "\n".join([
        f"{len(heard.acknowledged)} spans acknowledged, p99 {heard.after_ms(0.99):.0f} ms",
        f"{heard.refused} refused {heard.codes or ''}",
        f"{outcome.missing} missing, {copies} copies, {len(outcome.backend.actions)} actions",
        f"{outcome.peak_mib:.0f} MiB of memory, {outcome.disk_mib:.0f} MiB of disk",
        f"all there {outcome.drained_s:.0f} s after the backend came back",
    ])  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--rate", type=int, default=2000, help=f"spans a second, {SPANS} a request")
    parser.add_argument("--storage-mib", type=int, default=1024)
    parser.add_argument("--memory-mib", type=int, default=1000)
    asked = parser.parse_args()
    outcome = away(asked.minutes * 60, asked.rate, asked.storage_mib, asked.memory_mib)
    print(shown(outcome))
    sys.exit(1 if outcome.missing or not outcome.is_honest else 0)


if __name__ == "__main__":
    main()
