"""Holds browser telemetry until its user actions are known, and sends it on with their attributes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from otelrum.actions.assembler import Assembler, Released
from otelrum.collector.component import Build, Consumer, Host, PipelineId
from otelrum.collector.errors import PermanentError, RetryableError
from otelrum.collector.storage import open_rows
from otelrum.otlp.batch import Batch, Signal
from otelrum.otlp.errors import MalformedOtlp
from otelrum.otlp.pieces import PIECE_BYTES
from otelrum.processors.rum_action.config import RumActionConfig
from otelrum.processors.rum_action.journal import Journal, JournalRow, Ref, Step
from otelrum.processors.rum_action.metrics import observe_counters
from otelrum.processors.rum_action.outbox import Journalled, Outbox
from otelrum.processors.rum_action.reading import ReadRequest, RequestReader
from otelrum.processors.rum_action.recovery import Recovery
from otelrum.processors.rum_action.release import outgoing
from otelrum.processors.rum_action.requests import Requests
from otelrum.processors.rum_action.sender import UserHints, UserHintsReader

TICK_S = 0.2
"""How often what is due goes on: seldom enough to make large requests, often enough for a person."""

RELEASE_ITEMS = 2048
"""What goes on together at most: putting so many together takes 10 ms, for which requests wait."""

TURNS = 20
"""Of the loop between two pieces of a large request: more than a small request needs from its coming to its answer."""

RETRY_S = 1.0
"""When a client may try again that was refused because all is full."""


@dataclass(frozen=True, slots=True, eq=False)
class PipelineInput:
    """One pipeline's door to the processor, and the way back."""

    processor: RumAction
    pipeline: str
    next: Consumer

    async def consume(self, batch: Batch) -> None:
        await self.processor.take(batch, self)


class RumAction:
    """One for all pipelines that name its id: they share their pages (SPEC section 12)."""

    def __init__(
        self,
        config: RumActionConfig,
        build: Build,
        reader: RequestReader,
        senders: UserHintsReader,
        assembler: Assembler,
    ) -> None:
        self._config = config
        self._build = build
        self._senders = senders
        self._assembler = assembler
        self._max_bytes = config.max_held_mib << 20
        self._inputs: dict[str, PipelineInput] = {}
        self._requests = Requests(reader, assembler, self._inputs)
        self._outbox = Outbox(build.clock, build.telemetry, build.log, str(build.id))
        self._journal: Journal | None = None
        self._journal_ahead_ns = 0
        """The domain's time goes on where the journal ends: what was held when the process died waits on."""
        self._releasing = asyncio.Lock()
        self._reading_large = asyncio.Lock()
        self._ticks: asyncio.Task[None] | None = None
        self._refused = build.telemetry.counter("otelrum_action_refused", component=str(build.id))
        observe_counters(build, assembler, self._outbox, self._now_ns, config.event_types)

    def connect(self, pipeline: PipelineId, next_consumer: Consumer) -> Consumer:
        pipeline_input = self._inputs[str(pipeline)] = PipelineInput(self, str(pipeline), next_consumer)
        return pipeline_input

    async def start(self, host: Host) -> None:
        if self._config.decides_too_early:
            self._build.log.warning(
                "decision_wait is less than max_duration + 5.3 s: requests that a browser reports after "
                "the decision get the action's id, but do not count in its figures"
            )
        released = [] if self._config.storage is None else await self._recover(host, self._config.storage)
        self._send(released)
        self._ticks = asyncio.create_task(self._tick(host))

    async def shutdown(self, deadline_ns: int) -> None:
        if self._ticks is None:
            return
        async with self._releasing:  # what was taken from the domain must be on its way before the ticks end
            self._ticks.cancel()
            self._ticks = None
        await self._release("drain")
        await self._outbox.finish(deadline_ns)
        if self._journal is not None:
            self._journal.tick(self._now_ns())

    async def _recover(self, host: Host, storage: str) -> list[Released]:
        """What was decided and may not have gone on."""
        rows = await open_rows(host, storage, str(self._build.id))
        journal = Journal(rows, self._config.settings().decision_wait_ns)
        recovery = Recovery(journal, self._requests, self._assembler, self._build.log)
        released, end_ns = await recovery.run(rows)
        self._journal = journal
        self._journal_ahead_ns = end_ns - self._build.clock.now_ns()
        return released

    # ------------------------------------------------------------------ in
    async def take(self, batch: Batch, pipeline_input: PipelineInput) -> None:
        """A request of one pipeline."""
        sender = self._senders.of(batch.client)
        if batch.signal is Signal.METRICS:
            request = None
        elif len(batch.data) <= PIECE_BYTES:
            request = self._read(batch, sender, pipeline_input)
        else:
            request = await self._read_large(batch, sender, pipeline_input)
        if request is None:
            await pipeline_input.next.consume(batch)
            return
        await self._make_room(request.held_bytes, batch.items)
        for passing in request.passing.batches():
            await pipeline_input.next.consume(passing)
        now_ns = self._now_ns()
        if self._journal is None:
            self._requests.observe(request, now_ns)
            return
        row = JournalRow(now_ns, pipeline_input.pipeline, sender, batch.data)
        kept = await self._journal.keep(row, request.held_items)
        self._journal.step(Step("observe", now_ns, kept.id))
        self._requests.observe(request, now_ns, kept)

    def _read(self, batch: Batch, sender: UserHints, pipeline_input: PipelineInput) -> ReadRequest | None:
        try:
            return self._requests.read(batch, sender, pipeline_input)
        except MalformedOtlp as error:
            raise PermanentError(str(error), invalid=True) from error

    async def _read_large(self, batch: Batch, sender: UserHints, pipeline_input: PipelineInput) -> ReadRequest | None:
        """Between the pieces others have their turn; one at a time, because each is large in memory."""
        found = None
        async with self._reading_large:
            try:
                for some in self._requests.read_large(batch, sender, pipeline_input):
                    found = some
                    for _ in range(TURNS):
                        await asyncio.sleep(0)
            except MalformedOtlp as error:
                raise PermanentError(str(error), invalid=True) from error
        return found if found is not None and found.observed else None

    async def _make_room(self, size_bytes: int, items: int) -> None:
        """Let the oldest pages go where there is no room. Raises RetryableError where they cannot go."""
        if self._has_room(size_bytes):
            return
        if size_bytes > self._max_bytes:
            raise PermanentError(f"{size_bytes} bytes of browsers never fit in max_held_mib")
        if not self._outbox.is_blocked:
            await self._evict(size_bytes)
        while not self._has_room(size_bytes):
            if self._outbox.is_blocked or not self._outbox.items:
                self._refused.add(items)
                raise RetryableError("no room: held until the next stage takes what is decided", delay_s=RETRY_S)
            await self._outbox.until_moved()  # what was decided is on its way

    def _has_room(self, size_bytes: int) -> bool:
        return self._assembler.memory.bytes + self._outbox.bytes + size_bytes <= self._max_bytes

    def _now_ns(self) -> int:
        return self._build.clock.now_ns() + self._journal_ahead_ns

    # ------------------------------------------------------------------ out
    async def _tick(self, host: Host) -> None:
        try:
            while True:
                await self._build.clock.sleep(TICK_S)
                await self._evict(0)
                await self._go_on()
        except Exception as error:
            host.fail(error)

    async def _go_on(self) -> None:
        now_ns = self._now_ns()
        deadline_ns = self._assembler.next_deadline()
        if deadline_ns is not None and deadline_ns <= now_ns:
            await self._release("due")
        if self._journal is not None:
            self._journal.tick(now_ns)

    async def _evict(self, size_bytes: int) -> None:
        if self._assembler.is_full(size_bytes):
            await self._release("evict", size_bytes)

    async def _release(self, name: str, value: int = 0) -> None:
        """Send on what goes, a slice at a time: between them others have their turn, and what was decided leaves."""
        async with self._releasing:
            released: list[Released] = []
            for some in self._slices(Step(name, self._now_ns(), value)):
                released += some
                if len(released) >= RELEASE_ITEMS:
                    self._send(released)
                    released = []
                await asyncio.sleep(0)
            self._send(released)

    def _slices(self, step: Step) -> Iterator[list[Released]]:
        """What is begun with a step; the journal hears of each slice before it is made."""
        slices = step.begin(self._assembler)
        if self._journal is None:
            yield from slices
            return
        self._journal.step(step)
        while True:
            self._journal.next(step.time_ns)
            some = next(slices, None)
            if some is None:
                return
            yield some

    def _send(self, released: list[Released]) -> None:
        for out in outgoing(released):
            self._outbox.send(list(out.items.batches()), out.source.next, self._journalled(out.refs))

    def _journalled(self, refs: list[Ref]) -> Journalled | None:
        journal = self._journal
        if journal is None:
            return None
        return Journalled(lambda: journal.written(self._now_ns()), lambda: journal.safe(refs))
