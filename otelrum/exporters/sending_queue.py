"""The queue before a network exporter: what waits here was accepted and not yet sent."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, Protocol

from pydantic import Field, model_validator

from otelrum.collector.batcher import BatchLimits
from otelrum.collector.component import Host
from otelrum.collector.errors import PermanentError, RetryableError
from otelrum.collector.reservation import DONE, Reservation
from otelrum.collector.sections import Duration, Section
from otelrum.otlp.batch import Batch, join

Sizer = Literal["requests", "items", "bytes"]

SIZES: Mapping[Sizer, Callable[[Batch], int]] = {
    "requests": lambda batch: 1,
    "items": lambda batch: batch.items,
    "bytes": lambda batch: len(batch.data),
}


class QueueBatchConfig(Section):
    """`sending_queue::batch`: requests are joined in the queue; without the key they go as they come."""

    flush_timeout: Duration = timedelta(milliseconds=200)
    min_size: int = Field(default=8192, ge=0)
    max_size: int = Field(default=0, ge=0)
    sizer: Literal["items", "bytes"] = "items"

    @model_validator(mode="after")
    def _the_cap_is_not_below_the_trigger(self) -> QueueBatchConfig:
        if 0 < self.max_size < self.min_size:
            raise ValueError("max_size must be at least min_size")
        return self

    def limits(self) -> BatchLimits:
        """What the batcher knows of it."""
        return BatchLimits(self.min_size, self.max_size, self.flush_timeout.total_seconds(), self.sizer)


class QueueConfig(Section):
    """`sending_queue`, with the OpenTelemetry Collector's defaults."""

    enabled: bool = True
    num_consumers: int = Field(default=10, gt=0)
    queue_size: int = Field(default=1000, gt=0)
    sizer: Sizer = "requests"
    block_on_overflow: bool = False
    wait_for_result: Literal[False] = False
    storage: str | None = None
    batch: QueueBatchConfig | None = None

    @model_validator(mode="before")
    @classmethod
    def _an_empty_batch_has_all_defaults(cls, value: Any) -> Any:
        if isinstance(value, dict) and "batch" in value and value["batch"] is None:
            return value | {"batch": {}}
        return value


@dataclass(frozen=True, slots=True, eq=False)
class Queued:
    """A batch in the queue, the keys under which the queue knows it, and the room that it takes."""

    keys: tuple[int, ...]
    batch: Batch
    size: int


class SendingQueue(Protocol):
    """A bounded line of batches of one signal. Each is taken once and done once, whatever became of it.

    A queue that keeps its rows on disk fits here: a row is a signal and bytes, it is written
    before `put` returns and goes with `done`.
    """

    capacity: int

    @property
    def size(self) -> int:
        """What is in it, in the unit of `capacity`, also what is being sent."""
        ...

    @property
    def items(self) -> int:
        """The same in spans, log records and metrics."""
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

    def reserve(self) -> Reservation:
        """Room for a batch that is still being joined; what is added is as safe as with `put`."""
        ...

    async def replace(self, queued: Queued, parts: Sequence[Batch]) -> None:
        """Put what a batch was divided into in its place, at the end of the line."""
        ...

    async def close(self) -> None:
        """Take nothing more; what is in it can still be taken."""
        ...

    async def abandon(self) -> list[Batch]:
        """At the very end: what is lost with this process. Nothing, where the queue is on disk."""
        ...


class Room:
    """How much is in a queue, and who waits for room in it."""

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
        """Take nothing more: who waits hears of it."""
        self._closed = True
        self._freed.set()


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
