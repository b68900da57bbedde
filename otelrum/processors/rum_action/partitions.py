"""The partitions of logs that `rum_action` is behind: each has sessions and a clock of its own (SPEC section 17)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from otelrum.actions.assembler import Assembler
from otelrum.actions.memory import Released
from otelrum.collector.component import Consumer
from otelrum.collector.errors import PermanentError
from otelrum.collector.partition import Partition, Place
from otelrum.otlp.batch import Batch
from otelrum.otlp.errors import MalformedOtlp
from otelrum.processors.rum_action.hints import UserHintsReader
from otelrum.processors.rum_action.outbox import Journalled, Outbox
from otelrum.processors.rum_action.partitioned import Left, PartitionedActions
from otelrum.processors.rum_action.reading import ReadRequest, RequestReader
from otelrum.processors.rum_action.release import outgoing

NewAssembler = Callable[[int], Assembler]
"""Makes the domain of one partition of so many, with its share of the limits."""


class Partitions:
    """Made as their first batches come, gone when another process owns them."""

    def __init__(
        self,
        reader: RequestReader,
        hints: UserHintsReader,
        outbox: Outbox,
        new_assembler: NewAssembler,
        max_outbox_bytes: int,
        horizon_ns: int,
    ) -> None:
        """`horizon_ns` is how far back a decision may depend on what came."""
        self._reader = reader
        self._hints = hints
        self._outbox = outbox
        self.new_assembler = new_assembler
        self._max_outbox_bytes = max_outbox_bytes
        self.horizon_ns = horizon_ns
        self._of: dict[Partition, PartitionedActions] = {}
        self._ended = new_assembler(1)
        """Holds nothing, and has counted what partitions did that are lost: no number falls."""

    @property
    def assemblers(self) -> Iterable[Assembler]:
        """The domains of all partitions that this process owns or has owned."""
        return [self._ended, *(actions.assembler for actions in self._of.values())]

    async def take(self, batch: Batch, place: Place, source: object, next_consumer: Consumer) -> None:
        """Returns when all of the batch has left. Raises PermanentError for what is no OTLP."""
        actions = self._of.get(place.partition) or self._begin(place.partition)
        try:
            request = self._read(batch, source)
        except MalformedOtlp as error:
            raise PermanentError(str(error), invalid=True) from error
        await actions.take(request, batch, place, next_consumer)

    def ask_for_time(self, wall_ns: int) -> None:
        """Where nobody sends, have the passing of time noted in the log."""
        for actions in self._of.values():
            actions.ask_for_time(wall_ns)

    def _begin(self, partition: Partition) -> PartitionedActions:
        begun = self._of[partition] = PartitionedActions(partition, self)
        return begun

    def _read(self, batch: Batch, source: object) -> ReadRequest | None:
        return self._reader.read(batch, self._hints.of(batch.client), source)

    def read_past(self, batch: Batch) -> ReadRequest | None:
        """Items that have left do not go back to a pipeline; what cannot be read was set aside when it was new."""
        try:
            return self._read(batch, None)
        except MalformedOtlp:
            return None

    def send(self, released: list[Released], left: Left) -> None:
        for out in outgoing(released):
            refs = out.refs
            self._outbox.send(out.items.finish(), out.source.next, Journalled(_at_once, lambda refs=refs: left(refs)))  # type: ignore[misc]

    def end(self, partition: Partition) -> None:
        """The partition is lost."""
        if (lost := self._of.pop(partition, None)) is not None:
            self._ended.counters.add(lost.assembler.counters)

    async def until_room(self) -> None:
        """Wait while what was decided cannot go on: the log waits with it."""
        while self._outbox.bytes > self._max_outbox_bytes:
            await self._outbox.until_moved()


async def _at_once() -> None:
    """The log has why this goes."""
