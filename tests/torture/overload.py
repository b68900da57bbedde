"""More than the backend takes, for minutes: memory stays bounded, refusals are honest, and it recovers at once.

    python -m tests.torture.overload [--minutes 3] [--memory-mib 600] [--journal]

Clients send as fast as answers come while the backend is slow, then the backend is well again and they send little.
Exit status 1 when anything that was acknowledged is missing, memory went over its limit, a refusal was none to come
again, or something was refused later than 10 s after the overload.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from signal import SIGTERM

import grpc

from tests.torture.backend import CountingBackend, Mood
from tests.torture.load import Heard, Sender, bodies
from tests.torture.victim import FAST, Victim, configured, free_port

CONNECTIONS = 16
AGAIN_S = 0.2
"""How long a client waits that was refused: most wait longer."""

CHUNK_SPANS = 100_000
LITTLE = 500
"""Spans a second after the overload."""

RECOVERED_S = 10.0
PATIENCE_S = 300.0


@dataclass(frozen=True)
class Outcome:
    """What became of it."""

    flood: Heard
    after: Heard
    missing: int
    peak_mib: float
    refused_until_s: float
    """When somebody was refused the last time, from the end of the overload on."""

    @property
    def is_honest(self) -> bool:
        return self.flood.codes | self.after.codes <= {grpc.StatusCode.UNAVAILABLE}


@dataclass(frozen=True)
class Limits:
    """What the collector may keep."""

    memory_mib: int = 600
    held_mib: int = 64
    queue_mib: int = 32


def overload(seconds: float, limits: Limits, journal: bool, after_s: float = 2 * RECOVERED_S) -> Outcome:
    """Flood it for so long and until it refuses, then see how it recovers."""
    backend = CountingBackend()
    backend.feel(Mood.SLOW)
    with tempfile.TemporaryDirectory() as made:
        folder, port = Path(made), free_port()
        kept = "storage: file_storage" if journal else "enabled: true"
        rum_action = f"{FAST}, max_held_mib: {limits.held_mib}" + (", storage: file_storage" if journal else "")
        queue = f"sizer: bytes, queue_size: {limits.queue_mib << 20}, {kept}"
        config = configured(port, backend.port, folder / "data", rum_action, queue, limits.memory_mib)
        victim = Victim(folder, port, config)
        victim.start()
        flood, after = Sender(port, CONNECTIONS, again_s=AGAIN_S), Sender(port)
        seed, chunk = 1, bodies(CHUNK_SPANS, seed=1)  # making them takes seconds too, but not of the flood's
        begin = time.monotonic()
        while (past_s := time.monotonic() - begin) < (seconds if flood.heard.refused else PATIENCE_S):
            flood.send(chunk, until=begin + max(seconds, past_s + 1))
            seed += 1
            chunk = bodies(CHUNK_SPANS, seed=seed) if time.monotonic() < begin + seconds else chunk
        backend.feel(Mood.WELL)
        begin = time.monotonic()
        after.send(bodies(int(LITTLE * after_s), seed=0), LITTLE)
        acknowledged = flood.heard.acknowledged | after.heard.acknowledged
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until and not acknowledged <= backend.counts.keys():
            time.sleep(0.5)
        peak_mib = victim.peak_mib()
        victim.end(SIGTERM)
    backend.stop()
    missing = len(acknowledged - backend.counts.keys())
    return Outcome(flood.heard, after.heard, missing, peak_mib, max(0.0, after.heard.refused_at - begin))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=3)
    parser.add_argument("--memory-mib", type=int, default=600)
    parser.add_argument("--journal", action="store_true")
    asked = parser.parse_args()
    outcome = overload(asked.minutes * 60, Limits(asked.memory_mib), asked.journal)
    flood = outcome.flood
    print(f"{len(flood.acknowledged)} spans acknowledged under overload, p99 {flood.after_ms(0.99):.0f} ms")
    print(f"{flood.refused} refused {flood.codes}, p99 {flood.refused_after_ms(0.99):.0f} ms")
    print(f"{outcome.peak_mib:.0f} MiB of memory, the limit is {asked.memory_mib}; {outcome.missing} missing")
    print(f"afterwards p99 {outcome.after.after_ms(0.99):.0f} ms, {outcome.after.refused} refused, the last one "
          f"{outcome.refused_until_s:.1f} s after the overload")  # fmt: skip
    is_good = outcome.is_honest and not outcome.missing and outcome.refused_until_s < RECOVERED_S
    sys.exit(0 if is_good and outcome.peak_mib <= asked.memory_mib else 1)


if __name__ == "__main__":
    main()
