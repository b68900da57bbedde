"""Shows in the log what arrives: how many items, a line each, everything, or only actions."""

from __future__ import annotations

from collections.abc import Iterator

from google.protobuf.message import DecodeError

from otelrum.collector.component import Build, Host
from otelrum.collector.errors import PermanentError
from otelrum.collector.observed import ItemCounters
from otelrum.exporters.debug.actions import action_lines
from otelrum.exporters.debug.config import DebugConfig
from otelrum.exporters.debug.text import lines
from otelrum.otlp.batch import Batch
from otelrum.otlp.errors import MalformedOtlp


class DebugExporter:
    """Takes everything and keeps nothing: what it shows is in the log, and counted as sent."""

    def __init__(self, config: DebugConfig, build: Build) -> None:
        self._verbosity = config.verbosity
        self._log = build.log
        self._sent = ItemCounters(build.telemetry, "otelcol_exporter_sent_{items}", exporter=str(build.id))

    async def start(self, host: Host) -> None:
        """Nothing to open."""

    async def consume(self, batch: Batch) -> None:
        try:
            for line in self._lines(batch):
                self._log.info("%s", line)
        except (MalformedOtlp, DecodeError) as error:
            raise PermanentError(str(error), invalid=True) from error
        self._sent.add(batch.signal, batch.items)

    def _lines(self, batch: Batch) -> Iterator[str]:
        if self._verbosity == "actions":
            yield from action_lines(batch)
            return
        yield f"{batch.signal}: {batch.items} items, {len(batch.data)} bytes"
        if self._verbosity != "basic":
            yield from lines(batch, detailed=self._verbosity == "detailed")

    async def shutdown(self, deadline_ns: int) -> None:
        """Nothing to close."""
