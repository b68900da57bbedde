"""SIGTERM with much held: everything must be exported in time.

    python -m tests.torture.stop [--mib 200] [--answer-ms 5] [--journal]

Fills a collector that decides nothing yet, stops it, and prints how long it took until it had ended and whether
all is there. Exit status 1 when something is missing or it took more than 20 s.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from signal import SIGTERM

from tests.torture.backend import CountingBackend
from tests.torture.load import Sender, bodies
from tests.torture.victim import Victim, configured, free_port

MOST_S = 20.0
CHUNK_SPANS = 50_000
UNDECIDED = "decision_wait: 1h, max_held_mib: 2048"


def stop(mib: int, answer_ms: float, journal: bool) -> tuple[int, int, float]:
    """So many bytes of spans held, then SIGTERM: spans acknowledged, spans missing, seconds until the end."""
    backend = CountingBackend(answer_ms / 1000)
    with tempfile.TemporaryDirectory() as made:
        folder, port = Path(made), free_port()
        rum_action = f"{UNDECIDED}, storage: file_storage" if journal else UNDECIDED
        queue = "storage: file_storage" if journal else "enabled: true"
        victim = Victim(folder, port, configured(port, backend.port, folder / "data", rum_action, queue, 8000))
        victim.start()
        sender, sent_bytes, seed = Sender(port), 0, 0
        while sent_bytes < mib << 20:
            seed += 1
            some = bodies(CHUNK_SPANS, seed=seed)
            sender.send(some)
            sent_bytes += sum(map(len, some))
        assert not sender.heard.refused and not backend.counts, "something was refused, or has left already"
        print(f"{sent_bytes >> 20} MiB held, {victim.memory_mib():.0f} MiB of memory", flush=True)
        begin, before_s = time.monotonic(), victim.cpu_s()
        print(f"{victim.end(SIGTERM) - before_s:.1f} s of CPU after SIGTERM")
        took_s = time.monotonic() - begin
    backend.stop()
    missing = len(sender.heard.acknowledged - backend.counts.keys())
    return len(sender.heard.acknowledged), missing, took_s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mib", type=int, default=200)
    parser.add_argument("--answer-ms", type=float, default=5)
    parser.add_argument("--journal", action="store_true")
    asked = parser.parse_args()
    acknowledged, missing, took_s = stop(asked.mib, asked.answer_ms, asked.journal)
    print(f"{acknowledged} spans acknowledged, {missing} missing, ended {took_s:.1f} s after SIGTERM")
    sys.exit(1 if missing or took_s > MOST_S else 0)


if __name__ == "__main__":
    main()
