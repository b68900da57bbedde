"""Replays the journal, so that the domain knows what it knew before the crash."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from itertools import islice

from otelrum.actions.assembler import Assembler
from otelrum.actions.memory import Released
from otelrum.collector.component import PipelineId
from otelrum.collector.storage import Row, Rows
from otelrum.otlp.batch import Batch
from otelrum.otlp.errors import MalformedOtlp
from otelrum.processors.rum_action.journal import Journal, JournalRow, RowKind, Step, Tick
from otelrum.processors.rum_action.payload import Payload
from otelrum.processors.rum_action.reading import ReadRequest, RequestReader


class Recovery:
    """Reads the journal once, from its beginning to its end."""

    def __init__(
        self,
        journal: Journal,
        reader: RequestReader,
        sources: Mapping[str, object],
        assembler: Assembler,
        log: logging.Logger,
    ) -> None:
        """`sources` are the pipelines by name: each item goes back to the one that it came by."""
        self._journal = journal
        self._reader = reader
        self._sources = sources
        self._assembler = assembler
        self._log = log
        self._unread: AsyncIterator[Row]
        self._read_to = 0
        """The id of the last request that was read."""
        self._waiting: dict[int, JournalRow] = {}
        """Requests that were read, and that no step has observed yet."""
        self._left: dict[int, int] = {}
        self._slices: Iterator[list[Released]] = iter(())
        """What was begun and, as far as the steps show, not ended."""

    async def run(self, rows: Rows) -> tuple[list[Released], int]:
        """What was decided and may not have gone on, and the time at which the journal ends.

        The steps are read first, because they show what is safe; then the requests, as each is needed.
        """
        ticks = [self._tick(row) async for row in rows.read(RowKind.TICK)]
        async for row in rows.read(RowKind.PINNED):
            self._feed_views(row.id, JournalRow.decoded(row.data))
        self._unread = rows.read(RowKind.REQUEST)
        released = [one for tick in ticks for step in tick.steps for one in await self._repeat(step) if _is_left(one)]
        end_ns = max((step.time_ns for tick in ticks for step in tick.steps), default=0)
        released += filter(_is_left, self._end(end_ns))
        async for row in self._unread:
            self._waiting[row.id] = JournalRow.decoded(row.data)
        for id in sorted(self._waiting):  # written down, but the row that says so was not
            self._journal.step(Step("observe", self._waiting[id].time_ns, id))
            self._observe(id, self._waiting[id], self._waiting[id].time_ns)
        return released, max(end_ns, self._journal.latest_ns)

    def _tick(self, row: Row) -> Tick:
        tick = Tick.decoded(row.data)
        self._left |= tick.safe
        self._journal.known_tick(row.id, tick)
        return tick

    async def _repeat(self, step: Step) -> list[Released]:
        if step.name == "observe":
            request = await self._request(step.value)
            if request is not None:
                self._observe(step.value, request, step.time_ns)
            return []
        if step.name == "next":
            return [one for some in islice(self._slices, step.value) for one in some]
        left = [one for some in self._slices for one in some]
        self._slices = step.begin(self._assembler)
        return left

    def _end(self, now_ns: int) -> list[Released]:
        """The rest of what was begun when the process died."""
        out: list[Released] = []
        while True:
            self._journal.next(now_ns)
            some = next(self._slices, None)
            if some is None:
                return out
            out += some

    async def _request(self, id: int) -> JournalRow | None:
        """A request as it came; None where it is not in the journal any more: it was over long before."""
        while self._read_to < id and (row := await anext(self._unread, None)) is not None:
            self._read_to = row.id
            self._waiting[row.id] = JournalRow.decoded(row.data)
        return self._waiting.pop(id, None)

    def _observe(self, id: int, row: JournalRow, now_ns: int) -> None:
        request = self._read(row)
        if request is None:
            return
        left = self._left.get(id, (1 << request.held_items) - 1)
        request.show(self._assembler, now_ns, self._journal.known(id, row.time_ns, left))

    def _feed_views(self, id: int, row: JournalRow) -> None:
        """Only what its views are is still of interest."""
        kept = self._journal.known_pinned(id, row.time_ns)
        request = self._read(row)
        if request is None:
            return
        request.drop_payloads()
        request.show(self._assembler, row.time_ns, kept)

    def _read(self, row: JournalRow) -> ReadRequest | None:
        source = self._sources.get(row.pipeline)
        try:
            signal = PipelineId.parse(row.pipeline).signal
            request = self._reader.read(Batch(signal, row.data), row.hints, source) if source is not None else None
        except MalformedOtlp as error:
            self._log.error("a request of the journal cannot be read any more: %s", error)
            return None
        if request is None:
            self._log.error("a request of the journal has no browser telemetry, or no pipeline %r", row.pipeline)
        return request


def _is_left(released: Released) -> bool:
    payload = released[0]
    assert isinstance(payload, Payload)
    return payload.ref is None or bool(payload.ref[0].left >> payload.ref[1] & 1)
