"""A request on its way into the domain: the first time, and again after a restart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from otelrum.actions.assembler import Assembler
from otelrum.otlp.errors import MalformedOtlp
from otelrum.otlp.lazy import Batch, Signal
from otelrum.otlp.pieces import PIECE_BYTES
from otelrum.processors.rum_action.bridge import Payload
from otelrum.processors.rum_action.journal import Kept, Request
from otelrum.processors.rum_action.senders import Sender
from otelrum.processors.rum_action.sorting import Sorted, Sorter


class Requests:
    """Takes requests of browsers apart and shows the domain what is in them."""

    def __init__(self, sorter: Sorter, assembler: Assembler, sources: Mapping[str, object]) -> None:
        """`sources` are the pipelines by name: each item goes back to the one that it came by."""
        self._sorter = sorter
        self._assembler = assembler
        self._sources = sources

    def read(self, batch: Batch, sender: Sender, source: object) -> Sorted | None:
        """What is in a request; None when no browser telemetry is. Raises MalformedOtlp."""
        if len(batch.data) <= PIECE_BYTES:
            return self._sorter.sort(batch, sender, source) if self._sorter.may_be_browser(batch.data) else None
        found = None
        for some in self.read_large(batch, sender, source):
            found = some
        return found if found is not None and found.observed else None

    def read_large(self, batch: Batch, sender: Sender, source: object) -> Iterator[Sorted]:
        """The same, in steps that are short whatever the request holds. Raises MalformedOtlp."""
        if self._sorter.may_be_browser(batch.data):
            yield from self._sorter.sort_large(batch, sender, source)

    def again(self, request: Request) -> Sorted:
        """What is in a request of the journal. Raises MalformedOtlp."""
        source = self._sources.get(request.pipeline)
        signal = Signal(request.pipeline.partition("/")[0])
        found = self.read(Batch(signal, request.data), request.sender, source) if source is not None else None
        if found is None:
            raise MalformedOtlp(f"no browser telemetry, or no pipeline {request.pipeline!r}")
        return found

    def observe(self, request: Sorted, now_ns: int, kept: Kept | None = None) -> None:
        """Show the domain what is in a request; `kept` is its row in the journal."""
        index = 0
        for event, key, read_attributes in request.observed:
            if kept is not None and isinstance(event.payload, Payload):
                event.payload.ref = kept, index
                index += 1
            views = self._assembler.observe(event, key, now_ns, read_attributes)
            if kept is not None and views is not None:
                kept.taught.add(views)
