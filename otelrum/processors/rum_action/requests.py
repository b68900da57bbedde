"""A request on its way into the domain: the first time, and again after a restart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from otelrum.actions.assembler import Assembler
from otelrum.otlp.batch import Batch, Signal
from otelrum.otlp.errors import MalformedOtlp
from otelrum.otlp.pieces import PIECE_BYTES
from otelrum.processors.rum_action.bridge import Payload
from otelrum.processors.rum_action.journal import JournalRow, Kept
from otelrum.processors.rum_action.reading import ReadRequest, RequestReader
from otelrum.processors.rum_action.sender import UserHints


class Requests:
    """Takes requests of browsers apart and shows the domain what is in them."""

    def __init__(self, reader: RequestReader, assembler: Assembler, sources: Mapping[str, object]) -> None:
        """`sources` are the pipelines by name: each item goes back to the one that it came by."""
        self._reader = reader
        self._assembler = assembler
        self._sources = sources

    def read(self, batch: Batch, sender: UserHints, source: object) -> ReadRequest | None:
        """What is in a request; None when no browser telemetry is. Raises MalformedOtlp."""
        if len(batch.data) <= PIECE_BYTES:
            return self._reader.sort(batch, sender, source) if self._reader.may_be_browser(batch.data) else None
        found = None
        for some in self.read_large(batch, sender, source):
            found = some
        return found if found is not None and found.observed else None

    def read_large(self, batch: Batch, sender: UserHints, source: object) -> Iterator[ReadRequest]:
        """The same, in steps that are short whatever the request holds. Raises MalformedOtlp."""
        if self._reader.may_be_browser(batch.data):
            yield from self._reader.sort_large(batch, sender, source)

    def again(self, request: JournalRow) -> ReadRequest:
        """What is in a request of the journal. Raises MalformedOtlp."""
        source = self._sources.get(request.pipeline)
        signal = Signal(request.pipeline.partition("/")[0])
        found = self.read(Batch(signal, request.data), request.sender, source) if source is not None else None
        if found is None:
            raise MalformedOtlp(f"no browser telemetry, or no pipeline {request.pipeline!r}")
        return found

    def observe(self, request: ReadRequest, now_ns: int, kept: Kept | None = None) -> None:
        """Show the domain what is in a request; `kept` is its row in the journal."""
        index = 0
        for event, key, read_attributes in request.observed:
            if kept is not None and isinstance(event.payload, Payload):
                event.payload.ref = kept, index
                index += 1
            views = self._assembler.observe(event, key, now_ns, read_attributes)
            if kept is not None and views is not None:
                kept.fed_views.add(views)
