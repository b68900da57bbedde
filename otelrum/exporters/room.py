"""How much is in a sending queue, and which callers wait for room in it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from otelrum.collector.errors import PermanentError, RetryableError
from otelrum.exporters.sending_queue import QueueConfig, Sizer
from otelrum.otlp.batch import Batch

SIZES: Mapping[Sizer, Callable[[Batch], int]] = {
    "requests": lambda batch: 1,
    "items": lambda batch: batch.items,
    "bytes": lambda batch: len(batch.data),
}


class Room:
    """Room in the unit of the configuration; what is being sent still takes its own."""

    def __init__(self, config: QueueConfig) -> None:
        self.capacity = config.queue_size
        self.size = 0
        self.items = 0
        self._measure = SIZES[config.sizer]
        self._unit = config.sizer
        self._waits = config.block_on_overflow
        self._freed = asyncio.Event()
        self._closed = False

    async def reserve(self, batch: Batch) -> int:
        """Take the room that a batch needs, and wait for it where that is set: how much that is.

        Raises RetryableError where there is none, PermanentError where there can be none.
        """
        while self.must_wait(batch):
            self._freed.clear()
            await self._freed.wait()
        return self.take(batch)

    def must_wait(self, batch: Batch) -> bool:
        """Whether `take` would find no room now, and waiting for it is set."""
        need = self._measure(batch)
        return self._waits and not self._closed and need <= self.capacity < self.size + need

    def take(self, batch: Batch, *, joined: bool = False) -> int:
        """Take the room that a batch needs, or needs more where it is joined to another. Raises as `reserve` does."""
        need = 0 if joined and self._unit == "requests" else self._measure(batch)
        if need > self.capacity:
            # Retryable would make the client send it for ever.
            raise PermanentError(f"{need} {self._unit} never fit in a queue of {self.capacity}")
        if self._closed:
            raise RetryableError("the sending queue is closed")
        if self.size + need > self.capacity:
            raise RetryableError("the sending queue is full")
        return self._add(batch, need)

    def add(self, batch: Batch) -> int:
        """Take the room that a batch needs, also where there is none: how much that is."""
        return self._add(batch, self._measure(batch))

    def _add(self, batch: Batch, size: int) -> int:
        self.size += size
        self.items += batch.items
        return size

    def release(self, items: int, size: int) -> None:
        """Give back the room of a batch."""
        self.size -= size
        self.items -= items
        self._freed.set()

    def clear(self) -> None:
        """Give back all of it."""
        self.size = self.items = 0

    def close(self) -> None:
        """Take nothing more: waiting callers hear of it."""
        self._closed = True
        self._freed.set()
