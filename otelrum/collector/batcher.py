"""Joins small requests into large ones in the room behind, and ends each by size or time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from otelrum.collector.clock import Clock
from otelrum.collector.reservation import Reservation
from otelrum.otlp.batch import ANY_NUMBER, Batch
from otelrum.otlp.requests import split

Sizer = Literal["items", "bytes"]

MEASURES: Mapping[Sizer, Callable[[Batch], int]] = {
    "items": lambda batch: batch.items,
    "bytes": lambda batch: len(batch.data),
}


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """A batch goes on at `min_size` (0: never), after `timeout_s` (0: at once), and before `max_size` (0: none)."""

    min_size: int
    max_size: int
    timeout_s: float
    sizer: Sizer = "items"


class Batcher:
    """The batch that is open in what is behind. It holds nothing: what was added is where its room is."""

    def __init__(
        self, limits: BatchLimits, reserve: Callable[[], Reservation], clock: Clock, report: Callable[[bool], None]
    ) -> None:
        """`report` hears of each batch that goes on, and whether it was full."""
        self._limits = limits
        self._measure = MEASURES[limits.sizer]
        self._reserve = reserve
        self._clock = clock
        self._report = report
        self._timeout_s = limits.timeout_s
        self._open: Reservation | None = None
        self._size = 0
        self._timer: asyncio.Task[None] | None = None

    async def add(self, batch: Batch) -> None:
        """Returns when the batch is as safe as what is behind promises; raises what that raises."""
        for part in self._parts(batch):
            await self._add(part)

    def flush(self, *, full: bool = False) -> None:
        """What was added goes on now."""
        reservation, self._open = self._open, None
        self._size = 0
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if reservation is not None:
            self._report(full)
            reservation.close()

    def hurry(self) -> None:
        """Wait for nothing from now on."""
        self._timeout_s = 0.0
        self.flush()

    def _parts(self, batch: Batch) -> list[Batch]:
        most = self._limits.max_size
        if not most:
            return [batch]
        return split(batch, max_bytes=most) if self._limits.sizer == "bytes" else split(batch, max_items=most)

    async def _add(self, batch: Batch) -> None:
        size = self._measure(batch)
        if self._size and self._size + size > (self._limits.max_size or ANY_NUMBER):
            self.flush(full=True)
        reservation = self._open or self._reserve()
        added = reservation.add(batch)
        self._open = reservation
        self._size += size
        if self._limits.min_size and self._size >= self._limits.min_size:
            self.flush(full=True)
        elif not self._timeout_s:
            self.flush()
        elif self._timer is None:
            self._timer = asyncio.create_task(self._flush_later())
        await added

    async def _flush_later(self) -> None:
        await self._clock.sleep(self._timeout_s)
        self._timer = None
        self.flush()
