"""Joins small requests into large ones, and answers each caller only when its data was taken.

Nothing is kept here: a waiting caller is a future beside the batch it brought. So a processor
before this one may forget its data when `consume` returns, and a receiver may say yes.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from otelrum.collector.clock import Clock
from otelrum.collector.component import Build, Consumer, Host, PipelineId
from otelrum.collector.errors import PermanentError, RetryableError
from otelrum.collector.telemetry import Counter
from otelrum.otlp.batch import Batch, join
from otelrum.otlp.requests import split
from otelrum.processors.batch.config import BatchConfig


@dataclass(slots=True)
class Waiting:
    """A batch and the caller who waits for what becomes of it."""

    batch: Batch
    answer: asyncio.Future[None]

    def resolve(self, error: Exception | None = None) -> None:
        """Tell the caller, unless he went away."""
        if self.answer.done():
            return
        if error is None:
            self.answer.set_result(None)
        else:
            self.answer.set_exception(error)


class BatchProcessor:
    """One per pipeline; itself the consumer that the pipeline calls."""

    def __init__(self, config: BatchConfig, build: Build) -> None:
        self._size = config.send_batch_size
        self._max_size = config.send_batch_max_size
        self._timeout_s = config.timeout.total_seconds()
        self._clock: Clock = build.clock
        self._next: Consumer | None = None
        self._waiting: list[Waiting] = []
        self._items = 0
        self._timer: asyncio.Task[None] | None = None
        self._flushes: set[asyncio.Task[None]] = set()
        counter, own = build.telemetry.counter, str(build.id)
        self._full = counter("otelcol_processor_batch_batch_size_trigger_send", processor=own)
        self._timed_out = counter("otelcol_processor_batch_timeout_trigger_send", processor=own)

    def connect(self, pipeline: PipelineId, next_consumer: Consumer) -> Consumer:
        self._next = next_consumer
        return self

    async def start(self, host: Host) -> None:
        """Nothing to open."""

    async def consume(self, batch: Batch) -> None:
        pieces = split(batch, self._max_size) if self._max_size else [batch]
        answers = [self._add(piece) for piece in pieces]
        if len(answers) == 1:
            await answers[0]
            return
        for outcome in await asyncio.gather(*answers, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome

    def _add(self, batch: Batch) -> asyncio.Future[None]:
        if self._max_size and self._items + batch.items > self._max_size:
            self._flush(self._full)
        waiting = Waiting(batch, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._items += batch.items
        full = self._size and self._items >= self._size
        if full or not self._timeout_s:
            self._flush(self._full)
        elif self._timer is None:
            self._timer = asyncio.create_task(self._flush_later())
        return waiting.answer

    async def shutdown(self, deadline_ns: int) -> None:
        self._flush(self._timed_out)
        if self._flushes:
            left_s = max(0.0, (deadline_ns - self._clock.now_ns()) / 1e9)
            _, late = await asyncio.wait(self._flushes, timeout=left_s)
            for flush in late:
                flush.cancel()

    async def _flush_later(self) -> None:
        await self._clock.sleep(self._timeout_s)
        self._timer = None
        self._flush(self._timed_out)

    def _flush(self, why: Counter) -> None:
        """Send what waits, and begin anew."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        # Whoever went away keeps what he brought, and counts it: sent too, it would be there twice.
        group = [waiting for waiting in self._waiting if not waiting.answer.done()]
        self._waiting, self._items = [], 0
        if group:
            why.add(1)
            flush = asyncio.create_task(self._send(group))
            self._flushes.add(flush)
            flush.add_done_callback(self._flushes.discard)

    async def _send(self, group: list[Waiting]) -> None:
        assert self._next is not None, "not connected"
        error: Exception | None = None
        try:
            await self._next.consume(join([waiting.batch for waiting in group]))
        except PermanentError as refused:
            if len(group) > 1:
                await self._send_one_by_one(group)
                return
            error = refused
        except asyncio.CancelledError:
            error = RetryableError("the collector is shutting down")
        except Exception as failed:
            error = failed
        for waiting in group:
            waiting.resolve(error)

    async def _send_one_by_one(self, group: list[Waiting]) -> None:
        """One bad request must not take the others with it."""
        for waiting in group:
            await self._send([waiting])
