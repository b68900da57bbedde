"""A sending queue that lives and dies with the process."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from otelrum.collector.component import Host
from otelrum.collector.reservation import DONE, Reservation
from otelrum.exporters.room import Room
from otelrum.exporters.sending_queue import QueueConfig, Queued
from otelrum.otlp.batch import Batch, join


class MemoryQueue:
    """A SendingQueue that lives and dies with the process."""

    def __init__(self, config: QueueConfig) -> None:
        self._room = Room(config)
        self.capacity = self._room.capacity
        self._line: deque[Queued] = deque()
        self._ready = asyncio.Semaphore(0)  # one for each in the line, and one more when closed
        self._kept: dict[int, Queued] = {}
        self._next_key = 0

    @property
    def size(self) -> int:
        return self._room.size

    @property
    def items(self) -> int:
        return self._room.items

    async def open(self, host: Host) -> None:
        """Nothing to do."""

    async def put(self, batch: Batch) -> None:
        self._append(batch, await self._room.reserve(batch))

    def reserve(self) -> Reservation:
        return MemoryReservation(self._room, self._append)

    async def take(self) -> Queued | None:
        await self._ready.acquire()
        if self._line:
            return self._line.popleft()
        self._ready.release()  # the next consumer ends too
        return None

    async def done(self, queued: Queued) -> None:
        if self._kept.pop(queued.keys[0], None) is not None:
            self._room.release(queued.batch.items, queued.size)

    async def replace(self, queued: Queued, parts: Sequence[Batch]) -> None:
        for part in parts:
            self._append(part, self._room.add(part))
        await self.done(queued)

    async def close(self) -> None:
        self._room.close()
        self._ready.release()

    async def abandon(self) -> list[Batch]:
        left = [queued.batch for queued in self._kept.values()]
        self._kept.clear()
        self._line.clear()
        self._room.clear()
        return left

    def _append(self, batch: Batch, size: int) -> None:
        """Put a batch at the end of the line; its room is taken already."""
        self._next_key += 1
        queued = Queued((self._next_key,), batch, size)
        self._kept[self._next_key] = queued
        self._line.append(queued)
        self._ready.release()


class MemoryReservation:
    """Room in a queue in memory: what has it is safe."""

    def __init__(self, room: Room, append: Callable[[Batch, int], None]) -> None:
        self._room = room
        self._append = append
        self._joined: list[Batch] = []
        self._size = 0
        self._is_closed = False

    def add(self, batch: Batch) -> Awaitable[None]:
        if self._room.must_wait(batch):
            return self._add_later(batch)
        if self._is_closed:
            self._append(batch, self._room.take(batch))
        else:
            self._keep(batch, self._room.take(batch, joined=bool(self._joined)))
        return DONE

    def close(self) -> None:
        self._is_closed = True
        if self._joined:
            self._append(join(self._joined), self._size)

    async def _add_later(self, batch: Batch) -> None:
        size = await self._room.reserve(batch)
        if self._is_closed:
            self._append(batch, size)
        else:
            self._keep(batch, size)

    def _keep(self, batch: Batch, size: int) -> None:
        self._joined.append(batch)
        self._size += size
