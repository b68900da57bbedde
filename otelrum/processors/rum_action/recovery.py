"""Does again what the journal tells, so that the domain knows what it knew before the crash."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator

from otelrum.actions.assembler import Assembler, Released
from otelrum.collector.storage import Row
from otelrum.otlp.errors import MalformedOtlp
from otelrum.processors.rum_action.bridge import Payload
from otelrum.processors.rum_action.journal import Journal, Request, RowKind, Step, Tick
from otelrum.processors.rum_action.requests import Requests


class Recovery:
    """One restart."""

    def __init__(self, journal: Journal, requests: Requests, assembler: Assembler, log: logging.Logger) -> None:
        self._journal = journal
        self._requests = requests
        self._assembler = assembler
        self._log = log
        self._waiting: dict[int, Request] = {}
        """Requests that no step has observed yet."""
        self._left: dict[int, int] = {}

    def run(self, rows: Iterable[Row]) -> tuple[list[Released], int]:
        """What was decided and may not have gone on, and the time at which the journal ends."""
        ticks: list[Tick] = []
        pinned: list[tuple[int, Request]] = []
        for row in rows:
            if row.kind == RowKind.TICK:
                tick = Tick.decoded(row.data)
                ticks.append(tick)
                self._left |= tick.safe
                self._journal.known_tick(row.id, tick)
            elif row.kind == RowKind.REQUEST:
                self._waiting[row.id] = Request.decoded(row.data)
            else:
                pinned.append((row.id, Request.decoded(row.data)))
        for id, request in pinned:
            self._teach(id, request)
        released = [one for tick in ticks for step in tick.steps for one in self._repeat(step)]
        for id in sorted(self._waiting):  # written down, but the row that says so was not
            self._journal.step("observe", self._waiting[id].time_ns, id)
            self._observe(id)
        end_ns = max((step.time_ns for tick in ticks for step in tick.steps), default=0)
        return [one for one in released if _is_left(one)], max(end_ns, self._journal.latest_ns)

    def _repeat(self, step: Step) -> Iterator[Released]:
        if step.name == "observe":
            self._observe(step.value)
            return
        calls = {
            "due": lambda: self._assembler.due(step.time_ns),
            "relieve": lambda: self._assembler.relieve(step.time_ns, step.value),
            "drain": lambda: self._assembler.drain(step.time_ns),
        }
        for some in calls[step.name]():
            yield from some

    def _observe(self, id: int) -> None:
        """A request as it came; one that is not in the journal any more was over long before."""
        request = self._waiting.pop(id, None)
        if request is None:
            return
        try:
            sorted_request = self._requests.again(request)
        except MalformedOtlp as error:
            self._log.error("a request of the journal cannot be read any more: %s", error)
            return
        items = sorted_request.held_items
        kept = self._journal.known(id, request.time_ns, self._left.get(id, (1 << items) - 1))
        self._requests.observe(sorted_request, request.time_ns, kept)

    def _teach(self, id: int, request: Request) -> None:
        """Only what its views are is still of interest."""
        kept = self._journal.known_pinned(id, request.time_ns)
        sorted_request = self._requests.again(request)
        for event, _, _ in sorted_request.observed:
            event.payload = None
            event.extra_bytes = 0
        self._requests.observe(sorted_request, request.time_ns, kept)


def _is_left(released: Released) -> bool:
    payload = released[0]
    assert isinstance(payload, Payload)
    return payload.ref is None or bool(payload.ref[0].left >> payload.ref[1] & 1)
