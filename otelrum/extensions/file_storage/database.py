"""One SQLite file of rows, as the thread that has it sees it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from otelrum.collector.storage import Row

_SCHEMA = "CREATE TABLE IF NOT EXISTS rows (id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, data BLOB NOT NULL)"

READ_BYTES = 8 << 20
"""Of rows at a time: a file may be larger than the memory that is left."""

WAL_BYTES = 4 << 20
"""After so much SQLite moves the write-ahead log into the file (1000 pages, its default)."""

RESERVE_BYTES = 4 * WAL_BYTES
"""Of the disk, for forgetting: to delete a row takes room in the log first, and the log's pages go into the file.
Two files on one disk have twice that of work."""


class DiskFull(sqlite3.OperationalError):
    """What is left of the disk is for forgetting."""


@dataclass(slots=True)
class Work:
    """What one commit writes: all of it or, with an error, nothing."""

    puts: list[Row] = field(default_factory=list)
    """Somebody waits for these, and can be refused."""
    notes: list[Row] = field(default_factory=list)
    marked: list[tuple[int, int]] = field(default_factory=list)
    """New kinds and the ids that get them."""
    removed: list[tuple[int]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.puts or self.notes or self.marked or self.removed)


class Database:
    """Every method blocks. Raises sqlite3.Error."""

    def __init__(self, path: Path, fsync: bool) -> None:
        self._folder = path.parent
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            # Another process with the same file would double every span: the second one must not start.
            self._connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute(f"PRAGMA synchronous={'FULL' if fsync else 'NORMAL'}")
            self._connection.execute(f"PRAGMA journal_size_limit={WAL_BYTES}")
            # Some systems have SQLite overwrite what is deleted: then forgetting takes as much room as keeping.
            self._connection.execute("PRAGMA secure_delete=OFF")
            self._connection.execute(_SCHEMA)
            self._page_bytes = self._number("PRAGMA page_size")
        except BaseException:
            self._connection.close()
            raise

    def check(self) -> bool:
        """Whether the file is sound."""
        found: tuple[str] = self._connection.execute("PRAGMA quick_check(1)").fetchone()
        return found == ("ok",)

    def used_bytes(self) -> int:
        """What the rows take of the file; the rest of it is free for the next ones."""
        return (self._number("PRAGMA page_count") - self._number("PRAGMA freelist_count")) * self._page_bytes

    def last_id(self) -> int:
        return self._number("SELECT ifnull(max(id), 0) FROM rows")

    def read(self, kinds: Sequence[int], after: int) -> list[Row]:
        """Some rows of these kinds with larger ids, by id; none when there are no more."""
        asked = ", ".join("?" * len(kinds))
        found = self._connection.execute(
            f"SELECT id, kind, data FROM rows WHERE id > ? AND kind IN ({asked}) ORDER BY id", (after, *kinds)
        )
        rows: list[Row] = []
        size = 0
        for one in found:
            rows.append(Row(*one))
            size += len(rows[-1].data)
            if size >= READ_BYTES:
                break
        found.close()
        return rows

    def data(self, id: int) -> bytes:
        """What a row holds. Raises KeyError where there is none."""
        found: tuple[bytes] | None = self._connection.execute("SELECT data FROM rows WHERE id = ?", (id,)).fetchone()
        if found is None:
            raise KeyError(id)
        return found[0]

    def write(self, work: Work) -> None:
        """Raises DiskFull where there is no room for what somebody waits for."""
        if work.puts:
            self._check_room(sum(len(row.data) for row in work.puts))
        execute, many = self._connection.execute, self._connection.executemany
        execute("BEGIN IMMEDIATE")
        try:
            many("INSERT INTO rows (id, kind, data) VALUES (?, ?, ?)", work.puts)
            many("INSERT INTO rows (id, kind, data) VALUES (?, ?, ?)", work.notes)
            many("UPDATE rows SET kind = ? WHERE id = ?", work.marked)
            many("DELETE FROM rows WHERE id = ?", work.removed)
            execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                execute("ROLLBACK")
            raise

    def close(self) -> None:
        self._connection.close()

    def _check_room(self, size_bytes: int) -> None:
        """The file grows where it has no free pages, and what makes it grow goes into the log first."""
        growth_bytes = size_bytes - self._number("PRAGMA freelist_count") * self._page_bytes
        disk = os.statvfs(self._folder)
        if growth_bytes > 0 and disk.f_bavail * disk.f_frsize < RESERVE_BYTES + 2 * growth_bytes:
            raise DiskFull("no room on the disk")

    def _number(self, query: str) -> int:
        found: tuple[int] = self._connection.execute(query).fetchone()
        return found[0]
