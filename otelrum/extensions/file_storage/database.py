"""Rows in one SQLite file, written by one thread, many callers to a commit."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from otelrum.collector.errors import RetryableError
from otelrum.collector.storage import Row

_SCHEMA = "CREATE TABLE IF NOT EXISTS rows (id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, data BLOB NOT NULL)"

_ROW_BYTES = 32
"""What SQLite adds to a row's data, roughly."""

RETRY_S = 1.0


class Database:
    """The file, as one thread sees it. Every method blocks."""

    def __init__(self, path: Path, fsync: bool) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute(f"PRAGMA synchronous={'FULL' if fsync else 'NORMAL'}")
        # Another process with the same file would double every span: the second one must not start.
        self._connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        self._connection.execute(_SCHEMA)

    def check(self) -> bool:
        """Whether the file is sound."""
        found: tuple[str] = self._connection.execute("PRAGMA quick_check(1)").fetchone()
        return found == ("ok",)

    def read(self) -> list[Row]:
        return [Row(*row) for row in self._connection.execute("SELECT id, kind, data FROM rows ORDER BY id")]

    def write(self, work: Work) -> None:
        """All of it or, with an error, nothing."""
        execute, many = self._connection.execute, self._connection.executemany
        execute("BEGIN IMMEDIATE")
        try:
            many("INSERT INTO rows (id, kind, data) VALUES (?, ?, ?)", work.added)
            many("UPDATE rows SET kind = ? WHERE id = ?", work.marked)
            many("DELETE FROM rows WHERE id = ?", [(id,) for id in work.removed])
            execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                execute("ROLLBACK")
            raise

    def close(self) -> None:
        self._connection.close()


@dataclass(slots=True)
class Work:
    """What the next commit writes."""

    added: list[Row] = field(default_factory=list)
    marked: list[tuple[int, int]] = field(default_factory=list)
    removed: list[int] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.added or self.marked or self.removed)


class FileRows:
    """The Rows of one owner: while one commit is on its way to the disk, the next one gathers callers."""

    def __init__(self, database: Database, rows: list[Row], max_bytes: int) -> None:
        self._database = database
        self._left = rows
        self._max_bytes = max_bytes
        self._sizes = {row.id: len(row.data) + _ROW_BYTES for row in rows}
        self._bytes = sum(self._sizes.values())
        self._next_id = rows[-1].id + 1 if rows else 1
        self._notes = Work()
        """What waits for the next commit, and stays in line when that fails."""
        self._puts: list[tuple[Row, asyncio.Future[None]]] = []
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="file_storage")
        self._writing: asyncio.Task[None] | None = None

    @property
    def size_bytes(self) -> int:
        return self._bytes

    async def put(self, kind: int, data: bytes) -> int:
        if self._bytes + len(data) + _ROW_BYTES > self._max_bytes:
            raise RetryableError("the storage is full", delay_s=RETRY_S)
        row = self._new(kind, data)
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._puts.append((row, answer))
        self._wake()
        await answer
        return row.id

    def note(self, kind: int, data: bytes) -> int:
        row = self._new(kind, data)
        self._notes.added.append(row)
        self._wake()
        return row.id

    def mark(self, ids: Iterable[int], kind: int) -> None:
        self._notes.marked += [(kind, id) for id in ids]
        self._wake()

    def remove(self, ids: Iterable[int]) -> None:
        for id in ids:
            self._bytes -= self._sizes.pop(id, 0)
            self._notes.removed.append(id)
        self._wake()

    async def read(self) -> list[Row]:
        rows, self._left = self._left, []
        return rows

    async def close(self) -> None:
        while self._writing is not None:
            await self._writing
        self._thread.shutdown()
        self._database.close()

    def _new(self, kind: int, data: bytes) -> Row:
        row = Row(self._next_id, kind, data)
        self._next_id += 1
        self._sizes[row.id] = len(data) + _ROW_BYTES
        self._bytes += self._sizes[row.id]
        return row

    def _wake(self) -> None:
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_all())

    async def _write_all(self) -> None:
        try:
            while self._puts or self._notes:
                if not await self._write_once():
                    break
        finally:
            self._writing = None

    async def _write_once(self) -> bool:
        """One commit. What nobody waits for stays in line when it fails: it is tried again with the next."""
        puts, self._puts = self._puts, []
        notes, self._notes = self._notes, Work()
        try:
            await self._commit(Work([*notes.added, *(row for row, _ in puts)], notes.marked, notes.removed))
        except sqlite3.Error as error:
            self._refuse(puts, RetryableError(f"the storage does not take it: {error}", delay_s=RETRY_S))
            await self._commit_the_rest(notes)
            return False
        for _, answer in puts:
            if not answer.done():
                answer.set_result(None)
        return True

    async def _commit_the_rest(self, notes: Work) -> None:
        """Removing makes room where there is none: it must not wait for what found no room."""
        try:
            await self._commit(Work([], notes.marked, notes.removed))
            notes = Work(notes.added)
        except sqlite3.Error:
            pass  # the same trouble, told to the callers already
        later = self._notes
        self._notes = Work(notes.added + later.added, notes.marked + later.marked, notes.removed + later.removed)

    async def _commit(self, work: Work) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._database.write, work)

    def _refuse(self, puts: list[tuple[Row, asyncio.Future[None]]], error: RetryableError) -> None:
        for row, answer in puts:
            self._bytes -= self._sizes.pop(row.id, 0)
            if not answer.done():
                answer.set_exception(error)
