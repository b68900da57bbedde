"""For tests of components, here and elsewhere: consumers that record or fail, a clock set by hand, builders."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import logging
from collections.abc import Awaitable, Mapping

from otelrum.collector.clock import Clock
from otelrum.collector.component import Build, Component, ComponentId
from otelrum.collector.errors import ConfigError
from otelrum.collector.reservation import DONE, Reservation
from otelrum.collector.telemetry import Telemetry
from otelrum.otlp.batch import Batch, Signal, join

# Turns of the loop that let everything that is ready run: far more than any chain of awaits here.
ITERATIONS = 50


class RecordingConsumer:
    """Takes everything and keeps it; it has room without end for requests that are still being joined."""

    def __init__(self) -> None:
        self.batches: list[Batch] = []

    async def consume(self, batch: Batch) -> None:
        self.batches.append(batch)

    def reserve(self, signal: Signal) -> Reservation:
        return RecordingReservation(self.batches)

    @property
    def items(self) -> int:
        """Spans, log records or metrics that came."""
        return sum(batch.items for batch in self.batches)


class RecordingReservation:
    """Keeps what was added as one batch, once it is closed."""

    def __init__(self, batches: list[Batch]) -> None:
        self._batches = batches
        self._joined: list[Batch] = []

    def add(self, batch: Batch) -> Awaitable[None]:
        self._joined.append(batch)
        return DONE

    def close(self) -> None:
        if self._joined:
            self._batches.append(join(self._joined))


class FailingConsumer:
    """Refuses everything with one error, until `error` is None."""

    def __init__(self, error: Exception | None) -> None:
        self.error = error
        self.batches: list[Batch] = []

    async def consume(self, batch: Batch) -> None:
        if self.error is not None:
            raise self.error
        self.batches.append(batch)


class ManualClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, wall_ns: int = 1_767_225_600_000_000_000) -> None:
        self._now_ns = 0
        self._wall_ns = wall_ns
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    def now_ns(self) -> int:
        return self._now_ns

    def wall_ns(self) -> int:
        return self._wall_ns + self._now_ns

    async def sleep(self, seconds: float) -> None:
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now_ns + round(seconds * 1e9), next(self._order), woken))
        await woken

    async def advance(self, seconds: float) -> None:
        """Move on, waking each sleeper at its time, and let what is woken run."""
        await run_until_quiet()
        end_ns = self._now_ns + round(seconds * 1e9)
        while self._sleepers and self._sleepers[0][0] <= end_ns:
            self._now_ns, _, woken = heapq.heappop(self._sleepers)
            if not woken.done():
                woken.set_result(None)
            await run_until_quiet()
        self._now_ns = end_ns


async def run_until_quiet() -> None:
    """Let everything run that needs no time."""
    for _ in range(ITERATIONS):
        await asyncio.sleep(0)


class Extensions:
    """A Host with these extensions; remembers what failed."""

    def __init__(self, extensions: Mapping[str, Component] | None = None) -> None:
        self._extensions = extensions or {}
        self.failures: list[BaseException] = []

    def extension(self, id: ComponentId) -> Component:
        found = self._extensions.get(str(id))
        if found is None:
            raise ConfigError(f"no extension {str(id)!r}")
        return found

    def fail(self, error: BaseException) -> None:
        self.failures.append(error)


def build(id: str, clock: Clock, telemetry: Telemetry | None = None) -> Build:
    """What a component is made with."""
    kind, _, name = id.partition("/")
    return Build(ComponentId(kind, name), clock, telemetry or Telemetry(), logging.getLogger(f"otelrum.{id}"))
