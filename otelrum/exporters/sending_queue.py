"""The queue before a network exporter: what waits here was accepted and not yet sent."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from pydantic import Field

from otelrum.collector.component import Host
from otelrum.collector.errors import PermanentError, RetryableError
from otelrum.collector.net import Section
from otelrum.otlp.lazy import Batch

Sizer = Literal["requests", "items", "bytes"]

SIZES: Mapping[Sizer, Callable[[Batch], int]] = {
    "requests": lambda batch: 1,
    "items": lambda batch: batch.items,
    "bytes": lambda batch: len(batch.data),
}


class QueueConfig(Section):
    """`sending_queue`, with the OpenTelemetry Collector's defaults."""

    enabled: bool = True
    num_consumers: int = Field(default=10, gt=0)
    queue_size: int = Field(default=1000, gt=0)
    sizer: Sizer = "requests"
    block_on_overflow: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Queued:
    """A batch in the queue and the key under which the queue knows it."""

    key: int
    batch: Batch


class SendingQueue(Protocol):
    """A bounded line of batches. Each is taken once and done once, whatever became of it.

    A queue that keeps its rows on disk fits here: a row is a signal and bytes, it is written
    before `put` returns and goes with `done`.
    """

    capacity: int

    @property
    def size(self) -> int:
        """What is in it, in the unit of `capacity`, also what is being sent."""
        ...

    async def open(self, host: Host) -> None:
        """Make ready; what an earlier life left comes first."""
        ...

    async def put(self, batch: Batch) -> None:
        """Take a batch. Raises RetryableError when full, PermanentError when it can never fit."""
        ...

    async def take(self) -> Queued | None:
        """The next batch; None when the queue is closed and nothing is left to take."""
        ...

    async def done(self, queued: Queued) -> None:
        """Forget a batch: it was sent, or given up and counted."""
        ...

    async def close(self) -> None:
        """Take nothing more; what is in it can still be taken."""
        ...

    async def abandon(self) -> list[Batch]:
        """At the very end: what is lost with this process. Nothing, where the queue is on disk."""
        ...


class MemoryQueue:
    """A SendingQueue that lives and dies with the process."""

    def __init__(self, config: QueueConfig) -> None:
        self.capacity = config.queue_size
        self._measure = SIZES[config.sizer]
        self._unit = config.sizer
        self._waits = config.block_on_overflow
        self._line: deque[Queued] = deque()
        self._taken: dict[int, Queued] = {}
        self._size = 0
        self._next_key = 0
        self._closed = False
        self._changed = asyncio.Condition()

    @property
    def size(self) -> int:
        return self._size

    async def open(self, host: Host) -> None:
        """Nothing to do."""

    async def put(self, batch: Batch) -> None:
        need = self._measure(batch)
        if need > self.capacity:
            # Retryable would make the client send it for ever.
            raise PermanentError(f"{need} {self._unit} never fit in a queue of {self.capacity}")
        async with self._changed:
            while self._size + need > self.capacity:
                if not self._waits or self._closed:
                    raise RetryableError("the sending queue is full")
                await self._changed.wait()
            self._line.append(Queued(self._next_key, batch))
            self._next_key += 1
            self._size += need
            self._changed.notify_all()

    async def take(self) -> Queued | None:
        async with self._changed:
            while not self._line:
                if self._closed:
                    return None
                await self._changed.wait()
            queued = self._line.popleft()
            self._taken[queued.key] = queued
            return queued

    async def done(self, queued: Queued) -> None:
        async with self._changed:
            del self._taken[queued.key]
            self._size -= self._measure(queued.batch)
            self._changed.notify_all()

    async def close(self) -> None:
        async with self._changed:
            self._closed = True
            self._changed.notify_all()

    async def abandon(self) -> list[Batch]:
        left = [queued.batch for queued in (*self._taken.values(), *self._line)]
        self._taken.clear()
        self._line.clear()
        self._size = 0
        return left
