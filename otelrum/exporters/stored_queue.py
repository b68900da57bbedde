"""A sending queue whose batches are on disk: they outlive the process, and may be more than fits in memory."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from otelrum.collector.component import Host
from otelrum.collector.reservation import Reservation
from otelrum.collector.storage import Rows, open_rows
from otelrum.exporters.room import Room
from otelrum.exporters.sending_queue import QueueConfig, Queued
from otelrum.otlp.batch import Batch, Signal, join

IN_MEMORY_BYTES = 32 << 20
"""Most bytes of the queue that are in memory too: more than a healthy backend ever leaves there."""

KINDS = {Signal.TRACES: 1, Signal.LOGS: 2, Signal.METRICS: 3}
"""Row kind of each signal's queue: one file serves all queues of an exporter."""


class SharedRows:
    """The rows that the queues of one exporter share; opened by the first of them."""

    def __init__(self, storage: str, owner: str) -> None:
        self._storage = storage
        self._owner = owner
        self._rows: asyncio.Task[Rows] | None = None

    async def rows(self, host: Host) -> Rows:
        """Raises ConfigError, and what the storage raises."""
        if self._rows is None:
            self._rows = asyncio.ensure_future(open_rows(host, self._storage, self._owner))
        return await self._rows


@dataclass(slots=True)
class _Waiting:
    """Rows in the line that go as one batch, and the batch where that is in memory too."""

    keys: tuple[int, ...]
    size: int
    items: int
    batch: Batch | None


class StoredQueue:
    """A batch is written before `put` returns, and deleted when it is done. A key is a row's id."""

    def __init__(self, config: QueueConfig, store: SharedRows, signal: Signal) -> None:
        self._room = Room(config)
        self.capacity = self._room.capacity
        self._store = store
        self._kind = KINDS[signal]
        self._rows: Rows | None = None
        self._line: deque[_Waiting] = deque()
        self._in_memory_bytes = 0
        self._ready = asyncio.Semaphore(0)  # one for each in the line, and one more when closed

    @property
    def size(self) -> int:
        return self._room.size

    @property
    def items(self) -> int:
        return self._room.items

    async def open(self, host: Host) -> None:
        self._rows = await self._store.rows(host)
        async for row in self._rows.read(self._kind):
            batch = _decoded(row.data)
            size = self._room.add(batch)  # more than the queue's size, if that was made smaller: it drains
            self._append(batch, (row.id,), size)

    async def put(self, batch: Batch) -> None:
        size = await self._room.reserve(batch)
        self._append(batch, (await self._write(batch, size),), size)

    def reserve(self) -> Reservation:
        return StoredReservation(self._room, self._write, self._append)

    async def take(self) -> Queued | None:
        while True:
            await self._ready.acquire()
            if not self._line:
                self._ready.release()  # the next consumer ends too
                return None
            waiting = self._line.popleft()
            try:
                return Queued(waiting.keys, await self._read(waiting), waiting.size)
            except KeyError:  # damaged, and reported
                self._room.release(waiting.items, waiting.size)

    async def _read(self, waiting: _Waiting) -> Batch:
        """The batch of an entry, without the rows that are damaged. Raises KeyError where all are."""
        if waiting.batch is not None:
            self._in_memory_bytes -= len(waiting.batch.data)
            return waiting.batch
        sound = []
        for key in waiting.keys:
            with suppress(KeyError):
                sound.append(_decoded(await self._opened.data(key)))
        if not sound:
            raise KeyError(waiting.keys)
        batch = join(sound)
        self._room.release(waiting.items - batch.items, 0)
        return batch

    async def done(self, queued: Queued) -> None:
        self._room.release(queued.batch.items, queued.size)
        self._opened.remove(queued.keys)

    async def replace(self, queued: Queued, parts: Sequence[Batch]) -> None:
        for part in parts:
            self._append(part, (self._opened.note(self._kind, _encoded(part)),), self._room.add(part))
        await self.done(queued)

    async def close(self) -> None:
        self._room.close()
        self._ready.release()

    async def abandon(self) -> list[Batch]:
        return []  # the next life sends them

    async def _write(self, batch: Batch, size: int) -> int:
        """The id of its row, once that is safe; without it the room is returned."""
        try:
            return await self._opened.put(self._kind, _encoded(batch))
        except BaseException:
            self._room.release(batch.items, size)
            raise

    def _append(self, batch: Batch, keys: tuple[int, ...], size: int) -> None:
        """Put a batch at the end of the line; its room is taken already."""
        fits = self._in_memory_bytes + len(batch.data) <= IN_MEMORY_BYTES
        if fits:
            self._in_memory_bytes += len(batch.data)
        self._line.append(_Waiting(keys, size, batch.items, batch if fits else None))
        self._ready.release()

    @property
    def _opened(self) -> Rows:
        assert self._rows is not None, "not open"
        return self._rows


class StoredReservation:
    """Room in a queue on disk: each batch is a row, so that it is safe before the others have come.

    A batch goes on when its rows are written; those that wait for room then follow by themselves.
    """

    def __init__(
        self,
        room: Room,
        write: Callable[[Batch, int], Awaitable[int]],
        append: Callable[[Batch, tuple[int, ...], int], None],
    ) -> None:
        self._room = room
        self._write = write
        self._append = append
        self._written: list[tuple[int, Batch]] = []
        self._size = self._writing = 0
        self._is_closed = False

    def add(self, batch: Batch) -> Awaitable[None]:
        if self._room.must_wait(batch):
            return self._add_later(batch)
        if self._is_closed:
            return self._add_later(batch)
        size = self._room.take(batch, joined=bool(self._written or self._writing))
        self._writing += 1
        return asyncio.ensure_future(self._add(batch, size))

    def close(self) -> None:
        self._is_closed = True
        self._end()

    async def _add(self, batch: Batch, size: int) -> None:
        try:
            self._keep(await self._write(batch, size), batch, size)
        finally:
            self._writing -= 1
            self._end()

    async def _add_later(self, batch: Batch) -> None:
        size = await self._room.reserve(batch)
        key = await self._write(batch, size)
        if self._is_closed:
            self._append(batch, (key,), size)
        else:
            self._keep(key, batch, size)

    def _keep(self, key: int, batch: Batch, size: int) -> None:
        self._written.append((key, batch))
        self._size += size

    def _end(self) -> None:
        if self._is_closed and not self._writing and self._written:
            written, self._written = self._written, []
            batch = join([batch for _, batch in written])
            self._append(batch, tuple(key for key, _ in written), self._size)


def _encoded(batch: Batch) -> bytes:
    return json.dumps([batch.signal, batch.items, batch.part_sizes]).encode() + b"\n" + batch.data


def _decoded(row: bytes) -> Batch:
    head, _, data = row.partition(b"\n")
    signal, items, sizes = json.loads(head)
    return Batch(Signal(signal), data, part_sizes=tuple(sizes), items=items)
