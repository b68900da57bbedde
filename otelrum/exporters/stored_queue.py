"""A sending queue whose batches are on disk as well: what is in it outlives the process."""

from __future__ import annotations

import json

from otelrum.collector.component import Host
from otelrum.collector.storage import Rows, open_rows
from otelrum.exporters.sending_queue import MemoryQueue, QueueConfig, Queued, SendingQueue
from otelrum.otlp.lazy import Batch, Signal, parts

_BATCH = 1
"""The only kind of row."""


class StoredQueue(MemoryQueue):
    """A batch is written before `put` returns, and deleted when it is done. A key is a row's id."""

    def __init__(self, config: QueueConfig, storage: str, owner: str) -> None:
        super().__init__(config)
        self._storage = storage
        self._owner = owner
        self._rows: Rows | None = None

    async def open(self, host: Host) -> None:
        self._rows = await open_rows(host, self._storage, self._owner)
        for row in await self._rows.read():
            batch = _decoded(row.data)
            self._size += self._measure(batch)  # more than the queue's size, if that was made smaller: it drains
            self._append(batch, row.id)

    async def put(self, batch: Batch) -> None:
        await self._reserve(batch)
        try:
            key = await self._opened.put(_BATCH, _encoded(batch))
        except BaseException:
            self._release(batch)
            raise
        self._append(batch, key)

    async def done(self, queued: Queued) -> None:
        await super().done(queued)
        self._opened.remove([queued.key])

    async def split(self, queued: Queued) -> None:
        for part in parts(queued.batch):
            self._size += self._measure(part)
            self._append(part, self._opened.note(_BATCH, _encoded(part)))
        await self.done(queued)

    async def abandon(self) -> list[Batch]:
        await super().abandon()
        return []  # the next life sends them

    @property
    def _opened(self) -> Rows:
        assert self._rows is not None, "not open"
        return self._rows


def queue_of(config: QueueConfig, owner: str) -> SendingQueue:
    """The queue that a configuration asks for."""
    return MemoryQueue(config) if config.storage is None else StoredQueue(config, config.storage, owner)


def _encoded(batch: Batch) -> bytes:
    return json.dumps([batch.signal, batch.part_sizes]).encode() + b"\n" + batch.data


def _decoded(row: bytes) -> Batch:
    head, _, data = row.partition(b"\n")
    signal, sizes = json.loads(head)
    return Batch(Signal(signal), data, part_sizes=tuple(sizes))
