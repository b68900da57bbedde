"""What was decided and is on its way to the next stage: kept until that stage has taken it (SPEC section 11)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from otelrum.collector.clock import Clock
from otelrum.collector.component import Consumer
from otelrum.collector.errors import PermanentError, RetryableError
from otelrum.collector.telemetry import Telemetry
from otelrum.otlp.batch import Batch

_AT_ONCE = 16
"""Concurrent sends. One would wait for every batch flush; no limit would flood a struggling backend."""

_MAX_DELAY_S = 5.0
"""A next stage that asks for more is asked again all the same: it is in this process."""


class Journalled(NamedTuple):
    """What is sent is in a journal too."""

    written: Callable[[], Awaitable[None]]
    """Returns once the steps that led to this release are on disk; nothing is sent before. Raises RetryableError."""
    safe: Callable[[], None]
    """Called when the next stage has it all."""


class Outbox:
    """Sends batches on, again and again where the next stage says later."""

    def __init__(self, clock: Clock, telemetry: Telemetry, log: logging.Logger, component: str) -> None:
        self.bytes = 0
        self.items = 0
        """Spans and records that are on their way."""
        self.is_blocked = False
        """The next stage refused for now, and has not taken anything since."""
        self._clock = clock
        self._telemetry = telemetry
        self._log = log
        self._component = component
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._sending: set[asyncio.Task[None]] = set()
        self._moved = asyncio.Event()

    def send(self, batches: list[Batch], consumer: Consumer, journalled: Journalled | None) -> None:
        """Send these on; returns at once. What is in a journal and not taken at the end is not counted as lost."""
        for batch in batches:
            self.bytes += len(batch.data)
            self.items += batch.items
        task = asyncio.create_task(self._send_all(batches, consumer, journalled))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def until_moved(self) -> None:
        """Wait until something has left, or the next stage refuses for now."""
        if self.items and not self.is_blocked:
            await self._moved.wait()

    async def finish(self, deadline_ns: int) -> None:
        """Wait until everything is taken, at most until the deadline."""
        if self._sending:
            left_s = max(0.0, (deadline_ns - self._clock.now_ns()) / 1e9)
            _, late = await asyncio.wait(self._sending, timeout=left_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _send_all(self, batches: list[Batch], consumer: Consumer, journalled: Journalled | None) -> None:
        if journalled is not None:
            await self._until_taken(journalled.written)
        await asyncio.gather(*(self._send(batch, consumer, journalled is not None) for batch in batches))
        if journalled is not None:
            journalled.safe()

    async def _send(self, batch: Batch, consumer: Consumer, is_journalled: bool) -> None:
        try:
            async with self._slots:
                await self._until_taken(lambda: consumer.consume(batch))
                self.is_blocked = False
        except PermanentError as error:
            self._drop(batch, "refused", str(error))
        except asyncio.CancelledError:
            if not is_journalled:
                self._drop(batch, "shutdown", "no time left")
            raise
        except Exception as error:  # a defect of the next stage must not stop the rest
            self._log.exception("the next stage failed")
            self._drop(batch, "failed", str(error))
        finally:
            self.bytes -= len(batch.data)
            self.items -= batch.items
            self._announce_moved()

    async def _until_taken(self, attempt: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await attempt()
            except RetryableError as refused:
                self.is_blocked = True
                self._announce_moved()
                await self._clock.sleep(min(refused.delay_s, _MAX_DELAY_S))
            else:
                return

    def _announce_moved(self) -> None:
        self._moved.set()
        self._moved = asyncio.Event()

    def _drop(self, batch: Batch, reason: str, why: str) -> None:
        self._log.error("%d items dropped (%s): %s", batch.items, reason, why)
        self._telemetry.counter("otelrum_dropped_items", component=self._component, reason=reason).add(batch.items)
