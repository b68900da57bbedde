"""`rum_action` for one partition of a log: its own sessions, the log's clock, and nothing on disk.

What is held is in the log, so nothing is written down here, and nothing is decided early when the process
stops: the next owner reads the same again and decides the same (docs/decisions/0009). For that, everything
that a decision depends on is taken from the log: order, time, and how the limits are shared.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from typing import Final, Protocol

from otelrum.actions.assembler import Assembler
from otelrum.actions.memory import Released
from otelrum.actions.views import Views
from otelrum.collector.component import Consumer
from otelrum.collector.partition import Partition, Past, PastKind, Place
from otelrum.otlp.batch import Batch
from otelrum.otlp.requests import RequestWriter
from otelrum.processors.rum_action.payload import Kept, Payload, Ref
from otelrum.processors.rum_action.reading import Durable, ReadRequest

GRID_NS: Final = 200_000_000
"""`due` is asked at multiples of this, whoever owns the partition and whenever records come."""

COLLECT_NS: Final = 10 * 10**9
"""How often state of sessions that are over is looked for: it does no harm until then."""

Left = Callable[[Iterable[Ref]], None]
"""Hears which items have left."""


class Surroundings(Protocol):
    """What the partitions of one `rum_action` share."""

    @property
    def horizon_ns(self) -> int:
        """How far back a decision may depend on what came."""
        ...

    def new_assembler(self, shares: int) -> Assembler:
        """The domain of one partition of so many, with its share of the limits."""
        ...

    def read_past(self, batch: Batch) -> ReadRequest | None:
        """What is in a request that came before; None where it has no browser telemetry."""
        ...

    def send(self, released: list[Released], left: Left) -> None:
        """Send on what is released."""
        ...

    async def until_room(self) -> None:
        """Return when what is decided can be sent."""
        ...

    def end(self, partition: Partition) -> None:
        """The partition is lost."""
        ...


class PartitionedActions:
    """The Follower of one partition."""

    def __init__(
        self,
        partition: Partition,
        surroundings: Surroundings,
    ) -> None:
        self._partition = partition
        self.assembler = surroundings.new_assembler(partition.count)
        self._around = surroundings
        self._clock_ns = 0
        self._collected_ns = 0
        self._number = 0
        self._held: dict[Kept, asyncio.Event] = {}
        self._remembered: dict[bytes, Views] = {}
        self._in_order = asyncio.Lock()
        self._is_begun = False
        partition.follow(self)

    # ------------------------------------------------------------------ in
    async def take(self, request: ReadRequest | None, batch: Batch, place: Place, next_consumer: Consumer) -> None:
        """Returns when all of the batch has left; `request` is what is in it, None where no browser's telemetry is."""
        async with self._in_order:
            if not self._is_begun:
                await self._begin(place.time_ns)
            await self._around.until_room()
            await self._advance(place.time_ns)
            has_left = self._observe(request, place, batch) if request is not None else None
        place.taken.set()
        if request is None:
            await next_consumer.consume(batch)
            return
        for passing in request.passing.finish():
            await next_consumer.consume(passing)
        if has_left is not None:
            await has_left.wait()

    async def advance(self, time_ns: int) -> None:
        """Time has passed in the log."""
        async with self._in_order:
            if not self._is_begun:
                await self._begin(time_ns)
            await self._advance(time_ns)

    def lost(self) -> None:
        """Whoever waits is cancelled by the receiver; what is held here goes with this object."""
        self._held.clear()
        self._around.end(self._partition)

    def ask_for_time(self, wall_ns: int) -> None:
        """Have the passing of time noted in the log where something is due and nobody sends."""
        deadline_ns = self.assembler.next_deadline()
        if deadline_ns is not None and max(deadline_ns, self._clock_ns + GRID_NS) <= wall_ns:
            self._partition.tick()

    # ------------------------------------------------------------------ before the first batch
    async def _begin(self, time_ns: int) -> None:
        """Do again, up to now, what a decision may depend on. Raises RetryableError; the next try begins anew."""
        self.assembler = self._around.new_assembler(self._partition.count)
        self._clock_ns = self._collected_ns = 0
        self._remembered.clear()
        async for past in self._partition.past(self._around.horizon_ns):
            if past.kind is PastKind.REPLAY:
                await self._advance(past.time_ns)
            if past.batch is not None and (request := self._around.read_past(past.batch)) is not None:
                self._repeat(request, past)
        await self._advance(time_ns)
        self.assembler.counters.start_over()
        self._is_begun = True

    def _repeat(self, request: ReadRequest, past: Past) -> None:
        is_state = past.kind is PastKind.STATE
        if is_state:
            request.drop_payloads()
        now_ns = past.time_ns if is_state else self._clock_ns
        for durable in request.show(self.assembler, now_ns, Kept(0, past.time_ns, 0)):
            if durable.id:
                self._remembered[durable.id] = durable.views

    # ------------------------------------------------------------------ the domain
    def _observe(self, request: ReadRequest, place: Place, batch: Batch) -> asyncio.Event | None:
        """Show the domain what is in a request; what to wait for where something of it is held."""
        self._number += 1
        kept = Kept(self._number, place.time_ns, (1 << request.held_items) - 1)
        has_left = asyncio.Event()
        if request.held_items:
            self._held[kept] = has_left
        for number, durable in enumerate(request.show(self.assembler, self._clock_ns, kept)):
            self._remember(durable.id or _key(place, number), durable, batch)
        self._release(self.assembler.evict(self._clock_ns) if self.assembler.is_full() else iter(()))
        return has_left if request.held_items else None

    async def _advance(self, time_ns: int) -> None:
        """Ask for what is due at each step of the grid up to this time."""
        while (deadline_ns := self.assembler.next_deadline()) is not None:
            step_ns = _next_step(max(deadline_ns, self._clock_ns + 1))
            if step_ns > time_ns:
                break
            self._clock_ns = step_ns
            self._release(self.assembler.due(step_ns))
            await asyncio.sleep(0)
        self._clock_ns = max(self._clock_ns, time_ns)
        if self._clock_ns >= self._collected_ns + COLLECT_NS:
            self._collected_ns = self._clock_ns
            self._collect()

    def _release(self, slices: Iterator[list[Released]]) -> None:
        for some in slices:
            if due := [one for one in some if _is_left(one)]:
                self._around.send(due, self._left)

    def _left(self, refs: Iterable[Ref]) -> None:
        for kept, index in refs:
            kept.left &= ~(1 << index)
            if not kept.left and (has_left := self._held.pop(kept, None)) is not None:
                has_left.set()

    # ------------------------------------------------------------------ state
    def _remember(self, key: bytes, durable: Durable, batch: Batch) -> None:
        """Keep the session's durable facts of an event, as a request of its own."""
        if key in self._remembered:
            return
        self._remembered[key] = durable.views
        payload, origin = durable.payload, durable.payload.origin
        writer = RequestWriter(batch.signal, client=batch.client)
        writer.add(origin.resource.header, origin.scope, payload.item)
        assert isinstance(batch.arrival, Place)
        self._partition.remember(batch.arrival, key, writer.finish()[0])

    def _collect(self) -> None:
        over = [key for key, views in self._remembered.items() if views.is_evicted]
        for key in over:
            del self._remembered[key]
            self._partition.drop(key)


def _key(place: Place, number: int) -> bytes:
    """Names a span without ids by where it came."""
    return f"{place.topic}:{place.offset}:{number}".encode()


def _next_step(time_ns: int) -> int:
    """The first step of the grid at this time or later."""
    return -(-time_ns // GRID_NS) * GRID_NS


def _is_left(released: Released) -> bool:
    """Whether it has not left in an earlier life."""
    payload = released[0]
    assert isinstance(payload, Payload)
    return payload.ref is None or bool(payload.ref[0].left >> payload.ref[1] & 1)
