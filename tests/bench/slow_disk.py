"""otelrum on a disk whose fsync takes so many milliseconds.

    python -m tests.bench.slow_disk MILLISECONDS --config FILE ...

The disk of this machine may be fast. In write-ahead mode SQLite syncs once a commit, and twice each time that it
moves the log into the file: the thread of the storage sleeps so long as these would take more.
"""

from __future__ import annotations

import sys
import time

from otelrum.cli import cli
from otelrum.extensions.file_storage.database import WAL_BYTES, Database, Work


def slow_down(fsync_s: float) -> None:
    """Make every commit of this process take longer."""
    write = Database.write
    logged_bytes = 0

    def slow_write(self: Database, work: Work) -> None:
        nonlocal logged_bytes
        write(self, work)
        logged_bytes += sum(len(row.data) for row in (*work.puts, *work.notes))
        moved, logged_bytes = divmod(logged_bytes, WAL_BYTES)
        time.sleep(fsync_s * (1 + 2 * moved))

    Database.write = slow_write  # type: ignore[method-assign]


if __name__ == "__main__":
    slow_down(float(sys.argv[1]) / 1000)
    cli(sys.argv[2:], prog_name="otelrum")
