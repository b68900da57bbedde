"""A sending queue whose batches are on disk: they outlive the process, and may be more than fits in memory."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from dataclasses import dataclass

from otelrum.collector.component import Host
from otelrum.collector.storage import Rows, open_rows
from otelrum.exporters.sending_queue import MemoryQueue, QueueConfig, Queued, Room, SendingQueue
from otelrum.otlp.batch import Batch, Signal, parts

_BATCH = 1
"""The only kind of row."""

IN_MEMORY_BYTES = 32 << 20
"""Of batches in the line that are in memory too: more than a healthy backend ever leaves there."""


@dataclass(slots=True)
class _Waiting:
    """A row in the line, and its batch where that is in memory too."""

    key: int
    size: int
    items: int
    batch: Batch | None


class StoredQueue:
    """A batch is written before `put` returns, and deleted when it is done. A key is a row's id."""

    def __init__(self, config: QueueConfig, storage: str, owner: str) -> None:
        self._room = Room(config)
        self.capacity = self._room.capacity
        self._storage = storage
        self._owner = owner
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
        self._rows = await open_rows(host, self._storage, self._owner)
        async for row in self._rows.read(_BATCH):
            batch = _decoded(row.data)
            size = self._room.add(batch)  # more than the queue's size, if that was made smaller: it drains
            self._append(batch, row.id, size)

    async def put(self, batch: Batch) -> None:
        size = await self._room.reserve(batch)
        try:
            key = await self._opened.put(_BATCH, _encoded(batch))
        except BaseException:
            self._room.release(batch.items, size)
            raise
        self._append(batch, key, size)

    async def take(self) -> Queued | None:
        while True:
            await self._ready.acquire()
            if not self._line:
                self._ready.release()  # the next consumer ends too
                return None
            waiting = self._line.popleft()
            try:
                return Queued(waiting.key, await self._read(waiting), waiting.size)
            except KeyError:  # damaged, and reported
                self._room.release(waiting.items, waiting.size)

    async def _read(self, waiting: _Waiting) -> Batch:
        if waiting.batch is None:
            return _decoded(await self._opened.data(waiting.key))
        self._in_memory_bytes -= len(waiting.batch.data)
        return waiting.batch

    async def done(self, queued: Queued) -> None:
        self._room.release(queued.batch.items, queued.size)
        self._opened.remove([queued.key])

    async def split(self, queued: Queued) -> None:
        for part in parts(queued.batch):
            self._append(part, self._opened.note(_BATCH, _encoded(part)), self._room.add(part))
        await self.done(queued)

    async def close(self) -> None:
        self._room.close()
        self._ready.release()

    async def abandon(self) -> list[Batch]:
        return []  # the next life sends them

    def _append(self, batch: Batch, key: int, size: int) -> None:
        """Put a batch at the end of the line; its room is taken already."""
        fits = self._in_memory_bytes + len(batch.data) <= IN_MEMORY_BYTES
        if fits:
            self._in_memory_bytes += len(batch.data)
        self._line.append(_Waiting(key, size, batch.items, batch if fits else None))
        self._ready.release()

    @property
    def _opened(self) -> Rows:
        assert self._rows is not None, "not open"
        return self._rows


def queue_of(config: QueueConfig, owner: str) -> SendingQueue:
    """The queue that a configuration asks for."""
    return MemoryQueue(config) if config.storage is None else StoredQueue(config, config.storage, owner)


def _encoded(batch: Batch) -> bytes:
    return json.dumps([batch.signal, batch.items, batch.part_sizes]).encode() + b"\n" + batch.data


def _decoded(row: bytes) -> Batch:
    head, _, data = row.partition(b"\n")
    signal, items, sizes = json.loads(head)
    return Batch(Signal(signal), data, part_sizes=tuple(sizes), items=items)
