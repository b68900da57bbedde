"""The rows of one owner: written by one thread, many callers to a commit."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections import deque
from collections.abc import AsyncIterator, Iterable
from functools import partial
from typing import NamedTuple

from otelrum.collector.clock import Clock
from otelrum.collector.errors import RetryableError
from otelrum.collector.storage import Row
from otelrum.collector.telemetry import Counter
from otelrum.extensions.file_storage.database import Damaged, Database, Work, is_damage
from otelrum.extensions.file_storage.worker import Worker

ROW_BYTES = 32
"""What SQLite adds to a row's data, roughly."""

COMMIT_BYTES = 4 << 20
"""Largest commit while more is waiting: the first caller must not wait for a flood behind it."""

GATHER_S = 0.004
LAST_COMMITS = 64
"""A commit begins GATHER_S after the previous one, or when as many callers wait as the fullest of LAST_COMMITS had."""

RETRY_S = 1.0
"""Retry-After, in seconds, for a caller that was refused because the file is full."""


class Put(NamedTuple):
    """A row that somebody waits for."""

    row: Row
    answer: asyncio.Future[None]

    @property
    def size_bytes(self) -> int:
        return len(self.row.data) + ROW_BYTES


class FileRows:
    """While one commit is on its way to the disk, the next one gathers callers."""

    def __init__(
        self, database: Database, max_bytes: int, clock: Clock, log: logging.Logger, damaged: Counter | None = None
    ) -> None:
        """`damaged` counts rows that cannot be read any more."""
        self._database = database
        self._damaged = damaged or Counter()
        self._max_bytes = max_bytes
        self._clock = clock
        self._log = log
        self._used_bytes = database.used_bytes()
        self._waiting_bytes = 0
        self._next_id = database.last_id() + 1
        self._puts: deque[Put] = deque()
        self._notes = Work()
        """What no caller is answered for: it goes with the next commit, and stays in line when that fails."""
        self._flushes: list[asyncio.Future[None]] = []
        """Who waits until all notes are safe."""
        self._worker = Worker("file_storage")
        self._writing: asyncio.Task[None] | None = None
        self._is_asked = False
        """Something is new since the last commit began."""
        self._is_failing = False
        self._together: deque[int] = deque([0], maxlen=LAST_COMMITS)
        """How many callers the last commits had."""
        self._gathering: asyncio.Future[None] | None = None
        self._began_s = 0.0
        """When the last commit began, on the loop's clock."""

    @property
    def size_bytes(self) -> int:
        return self._used_bytes + self._waiting_bytes

    async def put(self, kind: int, data: bytes) -> int:
        if self.size_bytes + len(data) + ROW_BYTES > self._max_bytes:
            raise RetryableError("the storage is full", delay_s=RETRY_S)
        put = Put(self._new(kind, data), asyncio.get_running_loop().create_future())
        self._puts.append(put)
        self._waiting_bytes += put.size_bytes
        self._notify()
        if self._gathering is not None and len(self._puts) >= max(self._together):
            _answer(self._gathering, None)
        try:
            await put.answer
        except asyncio.CancelledError:
            self.remove([put.row.id])  # nobody knows of it, and it may be on its way to the disk
            raise
        return put.row.id

    def note(self, kind: int, data: bytes) -> int:
        row = self._new(kind, data)
        self._notes.notes.append(row)
        self._notify()
        return row.id

    async def flush(self) -> None:
        flushed = asyncio.get_running_loop().create_future()
        self._flushes.append(flushed)
        self._notify()
        await flushed

    def mark(self, ids: Iterable[int], kind: int) -> None:
        self._notes.marked += [(kind, id) for id in ids]
        self._notify()

    def remove(self, ids: Iterable[int]) -> None:
        self._notes.removed += ids
        self._notify()

    async def read(self, *kinds: int) -> AsyncIterator[Row]:
        after = 0
        while rows := await self._worker.run(partial(self._database.read, kinds, after)):
            for row in rows:
                if isinstance(row, Damaged):
                    self._give_up(row.id)
                else:
                    yield row
            after = rows[-1].id

    async def data(self, id: int) -> bytes:
        while True:
            try:
                return await self._worker.run(partial(self._database.data, id))
            except KeyError:
                self._give_up(id)
                raise
            except sqlite3.Error as error:
                self._log.error("a row cannot be read: %s", error)
                if is_damage(error):
                    self._give_up(id)
                    raise KeyError(id) from error
            await self._clock.sleep(RETRY_S)

    def _give_up(self, id: int) -> None:
        self._log.error("row %d is damaged: it is lost", id)
        self._damaged.add(1)
        self.remove([id])

    async def close(self) -> None:
        while self._writing is not None:
            await self._writing
        self._worker.end()
        self._database.close()

    def _new(self, kind: int, data: bytes) -> Row:
        self._next_id += 1
        return Row(self._next_id - 1, kind, data)

    def _notify(self) -> None:
        self._is_asked = True
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_all())

    async def _write_all(self) -> None:
        """Until nothing is new. What stays in line where there was trouble is tried again when somebody asks."""
        try:
            while self._puts or self._is_asked:
                self._is_asked = False
                await self._gather()
                await self._write_some()
        finally:
            self._writing = None

    async def _gather(self) -> None:
        """Wait a moment for as many callers as may come: a commit costs as much as writing for ten of them."""
        loop = asyncio.get_running_loop()
        until_s = self._began_s + GATHER_S
        if self._puts and len(self._puts) < max(self._together) and not self._flushes and loop.time() < until_s:
            self._gathering = loop.create_future()
            timer = loop.call_at(until_s, _answer, self._gathering, None)
            await self._gathering
            timer.cancel()
            self._gathering = None
        self._began_s = loop.time()

    async def _write_some(self) -> None:
        """One commit."""
        puts = self._next_puts()
        self._together.append(len(puts))
        notes, self._notes = self._notes, Work()
        flushes, self._flushes = self._flushes, []
        error = await self._commit(Work([put.row for put in puts], notes.notes, notes.marked, notes.removed))
        self._waiting_bytes -= sum(put.size_bytes for put in puts)
        if puts or error is not None:  # what nobody waits for is taken where callers are refused
            self._log_change(error)
        for put in puts:
            _answer(put.answer, error)
        if error is not None:
            error = await self._write_notes(notes)
        for flushed in flushes:
            _answer(flushed, error)

    def _next_puts(self) -> list[Put]:
        """Those that came first, some MiB at most, without those whose callers went away."""
        taken: list[Put] = []
        size = 0
        while self._puts and size < COMMIT_BYTES:
            put = self._puts.popleft()
            if put.answer.done():
                self._waiting_bytes -= put.size_bytes
            else:
                size += put.size_bytes
                taken.append(put)
        return taken

    async def _write_notes(self, notes: Work) -> sqlite3.Error | None:
        """What no caller is answered for, without those who were refused; at the least what makes room."""
        left = Work()
        if (error := await self._commit(notes)) is not None:
            making_room = Work([], [], notes.marked, notes.removed)
            left = notes if await self._commit(making_room) is not None else Work([], notes.notes)
        later = self._notes
        self._notes = Work([], left.notes + later.notes, left.marked + later.marked, left.removed + later.removed)
        return error

    async def _commit(self, work: Work) -> sqlite3.Error | None:
        """Write this; what went wrong, and then nothing of it was written."""
        if not work:
            return None

        def write() -> int:
            self._database.write(work)
            return self._database.used_bytes()

        try:
            self._used_bytes = await self._worker.run(write)
        except sqlite3.Error as error:
            return error
        return None

    def _log_change(self, error: sqlite3.Error | None) -> None:
        """Once when trouble begins, and once when it is over: between them every caller hears of it."""
        if error is not None and not self._is_failing:
            self._log.error("the storage takes nothing: %s", error)
        elif error is None and self._is_failing:
            self._log.warning("the storage takes rows again")
        self._is_failing = error is not None


def _answer(answer: asyncio.Future[None], error: sqlite3.Error | None) -> None:
    """Answer the caller, unless it went away."""
    if answer.done():
        return
    if error is None:
        answer.set_result(None)
    else:
        answer.set_exception(RetryableError(f"the storage does not take it: {error}", delay_s=RETRY_S))
