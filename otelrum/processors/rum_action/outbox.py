"""What was decided and is on its way to the next stage: kept until that stage has taken it (SPEC section 11)."""

from __future__ import annotations

import asyncio
import logging

from otelrum.collector.clock import Clock
from otelrum.collector.component import Consumer
from otelrum.collector.errors import PermanentError, RetryableError
from otelrum.collector.telemetry import Telemetry
from otelrum.otlp.lazy import Batch

_AT_ONCE = 16
"""Requests on their way: one alone would wait for each flush of a batcher, all of them would rush a sick backend."""


class Outbox:
    """Sends batches on, again and again where the next stage says later."""

    def __init__(self, clock: Clock, telemetry: Telemetry, log: logging.Logger, component: str) -> None:
        self.bytes = 0
        self.is_blocked = False
        """The next stage refused for now, and has not taken anything since."""
        self._clock = clock
        self._telemetry = telemetry
        self._log = log
        self._component = component
        self._items = 0
        self._turn = asyncio.Semaphore(_AT_ONCE)
        self._sending: set[asyncio.Task[None]] = set()

    @property
    def items(self) -> int:
        """Spans and records that are on their way."""
        return self._items

    def send(self, batch: Batch, consumer: Consumer) -> None:
        """Send this on; returns at once."""
        self.bytes += len(batch.data)
        self._items += batch.items
        task = asyncio.create_task(self._send(batch, consumer))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def finish(self, deadline_ns: int) -> None:
        """Wait until everything is taken; what is not by then is dropped and counted."""
        if self._sending:
            left_s = max(0.0, (deadline_ns - self._clock.now_ns()) / 1e9)
            _, late = await asyncio.wait(self._sending, timeout=left_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _send(self, batch: Batch, consumer: Consumer) -> None:
        try:
            async with self._turn:
                await self._until_taken(batch, consumer)
        except PermanentError as error:
            self._drop(batch, "refused", error)
        except asyncio.CancelledError:
            self._drop(batch, "shutdown", None)
            raise
        except Exception as error:  # a defect of the next stage must not stop the rest
            self._log.exception("the next stage failed")
            self._drop(batch, "failed", error)
        finally:
            self.bytes -= len(batch.data)
            self._items -= batch.items

    async def _until_taken(self, batch: Batch, consumer: Consumer) -> None:
        while True:
            try:
                await consumer.consume(batch)
            except RetryableError as refused:
                self.is_blocked = True
                await self._clock.sleep(refused.delay_s)
            else:
                self.is_blocked = False
                return

    def _drop(self, batch: Batch, reason: str, error: Exception | None) -> None:
        self._log.error("%d items dropped (%s): %s", batch.items, reason, error or "no time left")
        self._telemetry.counter("otelrum_dropped_items", component=self._component, reason=reason).add(batch.items)
