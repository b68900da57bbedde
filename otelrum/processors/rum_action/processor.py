"""Holds browser telemetry until its user actions are known, and sends it on with their attributes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace

from otelrum.actions.assembler import Assembler
from otelrum.actions.inherit import Inheritance
from otelrum.actions.memory import Released
from otelrum.collector.component import Build, Consumer, Host, PipelineId
from otelrum.collector.errors import PermanentError, RetryableError
from otelrum.collector.partition import Place
from otelrum.collector.storage import open_rows
from otelrum.otlp.batch import Batch, Signal
from otelrum.otlp.errors import MalformedOtlp
from otelrum.otlp.requests import CHUNK_BYTES
from otelrum.processors.rum_action.bridge import Bridge
from otelrum.processors.rum_action.config import RumActionConfig
from otelrum.processors.rum_action.enrich import Enrichment
from otelrum.processors.rum_action.feeding import ActionFeed
from otelrum.processors.rum_action.geo import Geo
from otelrum.processors.rum_action.hints import UserHints, UserHintsReader
from otelrum.processors.rum_action.journal import Journal, JournalRow, Step, horizon_ns
from otelrum.processors.rum_action.metrics import observe_counters
from otelrum.processors.rum_action.outbox import Journalled, Outbox
from otelrum.processors.rum_action.partitions import Partitions
from otelrum.processors.rum_action.payload import Kept, Ref
from otelrum.processors.rum_action.reading import ReadRequest, RequestReader
from otelrum.processors.rum_action.recovery import Recovery
from otelrum.processors.rum_action.release import outgoing
from otelrum.processors.rum_action.resources import Resources
from otelrum.processors.rum_action.user_agent import UserAgents

TICK_S = 0.2
"""Interval of releases: long enough to make large requests, short enough for a person who watches."""

RELEASE_ITEMS = 2048
"""Items put together in one step: that takes 10 ms, for which requests wait."""

YIELDS = 20
"""Loop iterations yielded between chunks of a large request, enough for a small request to be answered in between."""

RETRY_S = 1.0
"""Retry-After, in seconds, for a request refused because memory is full."""


@dataclass(frozen=True, slots=True, eq=False)
class PipelineInput:
    """One pipeline's door to the processor, and the way back."""

    processor: RumAction
    pipeline: str
    next: Consumer

    async def consume(self, batch: Batch) -> None:
        """Returns when what is held of the batch is kept, and the rest has gone on."""
        await self.processor.take(batch, self)


class RumAction:
    """One for all pipelines that name its id: they share their pages (SPEC section 12)."""

    def __init__(self, config: RumActionConfig, build: Build) -> None:
        self._config = config
        self._build = build
        self._hints = UserHintsReader(config.geo)
        self._reader = request_reader(config, build)
        self._geo = Geo(config.geo.database) if config.geo.database else None
        self._enrichment = Enrichment(UserAgents(), self._geo)
        self._assembler = self._new_assembler(1)
        self._max_bytes = config.max_held_mib << 20
        self._inputs: dict[str, PipelineInput] = {}
        self._outbox = Outbox(build.clock, build.telemetry, build.log, str(build.id))
        horizon = horizon_ns(config.settings().decision_wait_ns)
        self._partitions = Partitions(
            self._reader, self._hints, self._outbox, self._new_assembler, self._max_bytes // 2, horizon
        )
        self._journal: Journal | None = None
        self._journal_ahead_ns = 0
        """The domain's time goes on where the journal ends: what was held when the process died waits on."""
        self._releasing = asyncio.Lock()
        self._reading_large = asyncio.Lock()
        self._ticks: asyncio.Task[None] | None = None
        self._refused = build.telemetry.counter("otelrum_action_refused", component=str(build.id))
        self._large = build.telemetry.counter("otelrum_action_large_items", component=str(build.id))
        self._feed = ActionFeed(build.feed, str(build.id), self._assemblers, config.settings())
        observe_counters(build, self._assemblers, self._outbox, self._now_ns, config.event_types)

    def _new_assembler(self, shares: int) -> Assembler:
        """The domain of one partition of so many: it has its share of the limits."""
        settings = self._config.settings()
        own = replace(
            settings, max_held_bytes=settings.max_held_bytes // shares, max_pages=max(1, settings.max_pages // shares)
        )
        return Assembler(own, Inheritance(self._config.inherit), self._enrichment)

    def _assemblers(self) -> list[Assembler]:
        return [self._assembler, *self._partitions.assemblers]

    def connect(self, pipeline: PipelineId, next_consumer: Consumer) -> Consumer:
        """The input of one pipeline: what it brought goes on to its next consumer."""
        pipeline_input = self._inputs[str(pipeline)] = PipelineInput(self, str(pipeline), next_consumer)
        return pipeline_input

    async def start(self, host: Host) -> None:
        """Open the database of places, and replay the journal. Raises ConfigError."""
        if self._geo is not None:
            self._geo.open()
        if self._config.decides_too_early:
            self._build.log.warning(
                "decision_wait is less than max_duration + 5.3 s: requests that a browser reports after "
                "the decision get the action's id, but do not count in its figures"
            )
        released = [] if self._config.storage is None else await self._recover(host, self._config.storage)
        self._send(released)
        self._ticks = asyncio.create_task(self._tick(host))

    async def shutdown(self, deadline_ns: int) -> None:
        """Decide and send on all that is held."""
        if self._ticks is not None:
            await self._finish(self._ticks, deadline_ns)
        if self._geo is not None:
            self._geo.close()

    async def _finish(self, ticks: asyncio.Task[None], deadline_ns: int) -> None:
        async with self._releasing:  # what was taken from the domain must be on its way before the ticks end
            ticks.cancel()
            self._ticks = None
        await self._release("drain")
        await self._outbox.finish(deadline_ns)
        if self._journal is not None:
            self._journal.tick(self._now_ns())

    async def _recover(self, host: Host, storage: str) -> list[Released]:
        """What was decided and may not have gone on."""
        rows = await open_rows(host, storage, str(self._build.id))
        journal = Journal(rows, self._config.settings().decision_wait_ns)
        recovery = Recovery(journal, self._reader, self._inputs, self._assembler, self._build.log)
        released, end_ns = await recovery.run(rows)
        self._journal = journal
        self._journal_ahead_ns = end_ns - self._build.clock.now_ns()
        return released

    # ------------------------------------------------------------------ in
    async def take(self, batch: Batch, source: PipelineInput) -> None:
        """A request of one pipeline."""
        if batch.arrival is not None:
            assert isinstance(batch.arrival, Place)
            await self._partitions.take(batch, batch.arrival, source, source.next)
            return
        hints = self._hints.of(batch.client)
        request = None if batch.signal is Signal.METRICS else await self._read(batch, hints, source)
        if request is None:
            await source.next.consume(batch)
            return
        await self._make_room(request.held_bytes, batch.items)
        kept = await self._keep(batch, hints, source, request.held_items)
        try:
            for passing in request.passing.finish():
                await source.next.consume(passing)
        except BaseException:  # refused as a whole, or the caller has gone: nothing of it may stay
            if self._journal is not None and kept is not None:
                self._journal.remove(kept)
            raise
        self._large.add(request.large_items)
        now_ns = self._now_ns()
        if self._journal is not None and kept is not None:
            self._journal.step(Step("observe", now_ns, kept.id))
        request.show(self._assembler, now_ns, kept)

    async def _read(self, batch: Batch, hints: UserHints, source: PipelineInput) -> ReadRequest | None:
        """What is in a request; between the chunks of a large one others are served."""
        try:
            if len(batch.data) <= CHUNK_BYTES:
                return self._reader.read(batch, hints, source)
            request = ReadRequest(batch.signal)
            async with self._reading_large:  # one at a time, because each is large in memory
                for _ in self._reader.steps(batch, hints, source, request):
                    for _ in range(YIELDS):
                        await asyncio.sleep(0)
            return request if request.has_browser else None
        except MalformedOtlp as error:
            raise PermanentError(str(error), invalid=True) from error

    async def _keep(self, batch: Batch, hints: UserHints, source: PipelineInput, items: int) -> Kept | None:
        """Write a request down before anything is done with it. Raises RetryableError, and then it is not kept."""
        if self._journal is None:
            return None
        return await self._journal.keep(JournalRow(self._now_ns(), source.pipeline, hints, batch.data), items)

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
                self._feed.tick(self._now_ns())
                await self._evict(0)
                await self._go_on()
                self._partitions.ask_for_time(self._build.clock.wall_ns())
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
        """Send on what goes, a slice at a time: between them others are served, and what was decided leaves."""
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
            self._outbox.send(out.items.finish(), out.source.next, self._journalled(out.refs))

    def _journalled(self, refs: list[Ref]) -> Journalled | None:
        journal = self._journal
        if journal is None:
            return None
        return Journalled(lambda: journal.written(self._now_ns()), lambda: journal.safe(refs))


def request_reader(config: RumActionConfig, build: Build) -> RequestReader:
    """Reads requests as a processor of this configuration does."""
    settings, drop_address = config.settings(), config.geo.drop_address
    malformed = build.telemetry.counter("otelrum_action_malformed_contexts", component=str(build.id))
    bridge = Bridge(settings, config.attributes, lambda: malformed.add(1))
    resources = Resources(config.attributes, drop_address)
    return RequestReader(bridge, resources, config.interaction_scopes, settings.mask, drop_address)
