"""One SQLite file of rows, as the thread that has it sees it."""

from __future__ import annotations

import json
import os
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from otelrum.collector.clock import Clock
from otelrum.collector.storage import Row

_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS rows"
    " (id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, data BLOB NOT NULL, crc INTEGER NOT NULL)"
)
_ADD_CRC = "ALTER TABLE rows ADD COLUMN crc INTEGER NOT NULL DEFAULT -1"
"""To a file of a version that had none."""

_INSERT = "INSERT INTO rows (id, kind, data, crc) VALUES "

READ_BYTES = 8 << 20
"""Rows are read in parts of this size: a file may be larger than the memory that is left."""

WAL_BYTES = 4 << 20
"""Size at which SQLite copies the write-ahead log into the file (1000 pages, its default)."""

RESERVE_BYTES = 4 * WAL_BYTES
"""Disk space reserved for deletes: a DELETE first grows the write-ahead log, and a checkpoint copies it into the file.
Two files on one disk reserve it twice."""


LOOK_BYTES, LOOK_NS = 1 << 18, 10**8
"""The free space is checked again after this many bytes or nanoseconds."""

ROWS_AT_ONCE = 64
"""Rows of one statement, which is prepared once for each number of rows."""

Statement = tuple[str, Sequence[object]]


class Damaged(NamedTuple):
    """A row that is not what was written. SQLite itself sees only damage to what it needs to find rows."""

    id: int


class FileLost(sqlite3.OperationalError):
    """Somebody took the file away: what is written now is safe nowhere."""


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
    removed: list[int] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.puts or self.notes or self.marked or self.removed)


class Database:
    """Every method blocks. Raises sqlite3.Error."""

    def __init__(self, path: Path, fsync: bool, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._used_bytes = self._free_bytes = self._disk_bytes = 0
        self._unseen_bytes = 0
        """Written since these were seen."""
        self._look_again_ns = 0
        self._connection = sqlite3.connect(
            path, isolation_level=None, check_same_thread=False, cached_statements=2 * ROWS_AT_ONCE
        )
        try:
            self._prepare(fsync)
            self._page_bytes = self._number("PRAGMA page_size")
            self._inode, self._size = path.stat().st_ino, 0
            self._look()
        except BaseException:
            self._connection.close()
            raise

    def _prepare(self, fsync: bool) -> None:
        # Another process with the same file would double every span: the second one must not start.
        self._connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute(f"PRAGMA synchronous={'FULL' if fsync else 'NORMAL'}")
        self._connection.execute(f"PRAGMA journal_size_limit={WAL_BYTES}")
        # Some systems have SQLite overwrite what is deleted: then a deletion takes as much room as a row.
        self._connection.execute("PRAGMA secure_delete=OFF")
        self._connection.execute(_SCHEMA)
        if "crc" not in [column[1] for column in self._connection.execute("PRAGMA table_info(rows)")]:
            self._connection.execute(_ADD_CRC)

    def check(self) -> bool:
        """Whether the file is sound."""
        found: tuple[str] = self._connection.execute("PRAGMA quick_check(1)").fetchone()
        return found == ("ok",)

    def used_bytes(self) -> int:
        """What the rows take of the file, nearly; the rest of it is free for the next ones."""
        return self._used_bytes + self._unseen_bytes

    def last_id(self) -> int:
        return self._number("SELECT ifnull(max(id), 0) FROM rows")

    def read(self, kinds: Sequence[int], after: int) -> list[Row | Damaged]:
        """Some rows of these kinds with larger ids, by id; none when there are no more."""
        asked = ", ".join("?" * len(kinds))
        found = self._connection.execute(
            f"SELECT id, kind, data, crc FROM rows WHERE id > ? AND kind IN ({asked}) ORDER BY id", (after, *kinds)
        )
        rows: list[Row | Damaged] = []
        size = 0
        for id, kind, data, crc in found:
            rows.append(Row(id, kind, data) if _is_sound(data, crc) else Damaged(id))
            size += len(data)
            if size >= READ_BYTES:
                break
        found.close()
        return rows

    def data(self, id: int) -> bytes:
        """What a row holds. Raises KeyError where there is none, or it is not what was written."""
        asked = "SELECT data, crc FROM rows WHERE id = ?"
        found: tuple[bytes, int] | None = self._connection.execute(asked, (id,)).fetchone()
        if found is None or not _is_sound(*found):
            raise KeyError(id)
        return found[0]

    def write(self, work: Work) -> None:
        """Raises DiskFull where there is no room for what somebody waits for, FileLost where there is no file."""
        size_bytes = sum(len(row.data) for row in work.puts) + sum(len(row.data) for row in work.notes)
        if self._unseen_bytes + size_bytes > LOOK_BYTES or self._clock.now_ns() >= self._look_again_ns:
            self._look()  # not each time: it takes as long as a small commit
        if work.puts:
            self._check_room(size_bytes)
        statements = list(_statements(work))
        if len(statements) == 1:  # is a transaction by itself
            self._connection.execute(*statements[0])
        else:
            self._write_together(statements)
        self._unseen_bytes += size_bytes
        if work.removed:
            self._look()

    def _write_together(self, statements: list[Statement]) -> None:
        execute = self._connection.execute
        execute("BEGIN IMMEDIATE")
        try:
            for text, values in statements:
                execute(text, values)
            execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                execute("ROLLBACK")
            raise

    def close(self) -> None:
        self._connection.close()

    def _look(self) -> None:
        """See how much room there is, and whether the file still is what it was."""
        free_pages = self._number("PRAGMA freelist_count")
        self._free_bytes = free_pages * self._page_bytes
        self._used_bytes = (self._number("PRAGMA page_count") - free_pages) * self._page_bytes
        self._unseen_bytes = 0
        self._look_again_ns = self._clock.now_ns() + LOOK_NS
        try:
            disk, found = os.statvfs(self._path.parent), self._path.stat()
        except OSError:
            self._is_lost = True
            return
        self._disk_bytes = disk.f_bavail * disk.f_frsize
        # A file that was moved, deleted or cut would take rows that no other life finds. It never shrinks by itself.
        self._is_lost = found.st_ino != self._inode or found.st_size < self._size
        self._size = max(self._size, found.st_size)

    def _check_room(self, size_bytes: int) -> None:
        """The file grows where it has no free pages, and what makes it grow goes into the log first."""
        if self._is_lost:
            raise FileLost(f"{self._path} was moved, deleted or cut: a restart begins a new one")
        growth_bytes = self._unseen_bytes + size_bytes - self._free_bytes
        if growth_bytes > 0 and self._disk_bytes < RESERVE_BYTES + 2 * growth_bytes:
            self._look_again_ns = 0
            raise DiskFull("no room on the disk")

    def _number(self, query: str) -> int:
        found: tuple[int] = self._connection.execute(query).fetchone()
        return found[0]


def _is_sound(data: bytes, crc: int) -> bool:
    return crc in (zlib.crc32(data), -1)


def is_damage(error: sqlite3.Error) -> bool:
    """Whether a file is of no use. A disk that is full or fails says nothing of the file."""
    return error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _statements(work: Work) -> Iterator[Statement]:
    """Few of them: between two statements this thread waits for others to let Python go."""
    rows = [*work.puts, *work.notes]
    for begin in range(0, len(rows), ROWS_AT_ONCE):
        some = rows[begin : begin + ROWS_AT_ONCE]
        places = ", ".join(["(?, ?, ?, ?)"] * len(some))
        yield _INSERT + places, [value for row in some for value in (*row, zlib.crc32(row.data))]
    if work.marked:
        for kind in {kind for kind, _ in work.marked}:
            ids = [id for of_kind, id in work.marked if of_kind == kind]
            yield "UPDATE rows SET kind = ? WHERE id IN (SELECT value FROM json_each(?))", [kind, json.dumps(ids)]
    if work.removed:
        yield "DELETE FROM rows WHERE id IN (SELECT value FROM json_each(?))", [json.dumps(work.removed)]
