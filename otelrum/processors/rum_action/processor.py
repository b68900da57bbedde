"""Holds browser telemetry until its user actions are known, and sends it on with their attributes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import NamedTuple

from otelrum.actions.assembler import Assembler, Released
from otelrum.collector.component import Build, Consumer, Host, PipelineId
from otelrum.collector.errors import PermanentError, RetryableError
from otelrum.otlp.errors import MalformedOtlp
from otelrum.otlp.lazy import Batch, Signal
from otelrum.processors.rum_action.config import RumActionConfig
from otelrum.processors.rum_action.outbox import Outbox
from otelrum.processors.rum_action.release import regrouped
from otelrum.processors.rum_action.senders import Senders
from otelrum.processors.rum_action.sorting import Sorted, Sorter
from otelrum.processors.rum_action.tally import show_tally

TICK_S = 0.2
"""How often what is due goes on: seldom enough to make large requests, often enough for a person."""

RETRY_S = 1.0
"""When a client may try again that was refused because all is full."""


class Inlet(NamedTuple):
    """One pipeline's door to the processor."""

    processor: RumAction
    pipeline: PipelineId
    next: Consumer

    async def consume(self, batch: Batch) -> None:
        await self.processor.take(batch, self)


class RumAction:
    """One for all pipelines that name its id: they share their pages (SPEC section 12)."""

    def __init__(
        self, config: RumActionConfig, build: Build, sorter: Sorter, senders: Senders, assembler: Assembler
    ) -> None:
        self._config = config
        self._build = build
        self._sorter = sorter
        self._senders = senders
        self._assembler = assembler
        self._max_bytes = config.max_held_mib << 20
        self._outbox = Outbox(build.clock, build.telemetry, build.log, str(build.id))
        self._releasing = asyncio.Lock()
        self._ticks: asyncio.Task[None] | None = None
        self._refused = build.telemetry.counter("otelrum_action_refused", component=str(build.id))
        show_tally(build, assembler, self._outbox)

    def connect(self, pipeline: PipelineId, next_consumer: Consumer) -> Consumer:
        return Inlet(self, pipeline, next_consumer)

    async def start(self, host: Host) -> None:
        if self._config.decides_too_early:
            self._build.log.warning(
                "decision_wait is less than max_duration + 5.3 s: requests that a browser reports after "
                "the decision get the action's id, but do not count in its figures"
            )
        self._ticks = asyncio.create_task(self._tick(host))

    async def shutdown(self, deadline_ns: int) -> None:
        if self._ticks is not None:
            self._ticks.cancel()
            self._ticks = None
        await self._release(self._assembler.drain(self._build.clock.now_ns()))
        await self._outbox.finish(deadline_ns)

    # ------------------------------------------------------------------ in
    async def take(self, batch: Batch, inlet: Inlet) -> None:
        """A request of one pipeline."""
        if batch.signal is Signal.METRICS or not self._sorter.may_be_browser(batch.data):
            await inlet.next.consume(batch)
            return
        try:
            request = self._sorter.sort(batch, self._senders.of(batch.client), inlet)
        except MalformedOtlp as error:
            raise PermanentError(str(error), invalid=True) from error
        if request is None:
            await inlet.next.consume(batch)
            return
        await self._make_room(request.held_bytes)
        for passing in request.passing.batches():
            await inlet.next.consume(passing)
        self._observe(request)

    async def _make_room(self, bytes: int) -> None:
        """Let the oldest pages go where there is no room. Raises RetryableError where they cannot go."""
        if self._held_bytes + bytes <= self._max_bytes:
            return
        if not self._outbox.is_blocked:
            await self._release(self._assembler.relieve(self._build.clock.now_ns(), bytes))
        if self._held_bytes + bytes > self._max_bytes:
            self._refused.add(1)
            raise RetryableError("no room: held until the next stage takes what is decided", delay_s=RETRY_S)

    @property
    def _held_bytes(self) -> int:
        return self._assembler.memory.bytes + self._outbox.bytes

    def _observe(self, request: Sorted) -> None:
        now_ns = self._build.clock.now_ns()
        for event, key, read_attributes in request.observed:
            self._assembler.observe(event, key, now_ns, read_attributes)

    # ------------------------------------------------------------------ out
    async def _tick(self, host: Host) -> None:
        try:
            while True:
                await self._build.clock.sleep(TICK_S)
                await self._release(self._due())
        except Exception as error:
            host.fail(error)

    def _due(self) -> Iterator[list[Released]]:
        now_ns = self._build.clock.now_ns()
        yield from self._assembler.relieve(now_ns)
        yield from self._assembler.due(now_ns)

    async def _release(self, slices: Iterator[list[Released]]) -> None:
        """Send on what goes, a slice at a time: between them others have their turn."""
        async with self._releasing:
            released: list[Released] = []
            for some in slices:
                released += some
                await asyncio.sleep(0)
            for batch, inlet in regrouped(released):
                self._outbox.send(batch, inlet.next)
