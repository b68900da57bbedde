"""Shows in the log what arrives: how many items, a line each, or everything."""

from __future__ import annotations

from otelrum.collector.component import Build, Host
from otelrum.collector.errors import PermanentError
from otelrum.collector.observed import ItemCounters
from otelrum.exporters.debug.config import DebugConfig
from otelrum.exporters.debug.text import lines
from otelrum.otlp.batch import Batch
from otelrum.otlp.errors import MalformedOtlp


class DebugExporter:
    """An exporter for eyes."""

    def __init__(self, config: DebugConfig, build: Build) -> None:
        self._verbosity = config.verbosity
        self._log = build.log
        self._sent = ItemCounters(build.telemetry, "otelcol_exporter_sent_{items}", exporter=str(build.id))

    async def start(self, host: Host) -> None:
        """Nothing to open."""

    async def consume(self, batch: Batch) -> None:
        self._log.info("%s: %d items, %d bytes", batch.signal, batch.items, len(batch.data))
        if self._verbosity != "basic":
            self._show(batch)
        self._sent.add(batch.signal, batch.items)

    def _show(self, batch: Batch) -> None:
        try:
            for line in lines(batch, detailed=self._verbosity == "detailed"):
                self._log.info("%s", line)
        except MalformedOtlp as error:
            raise PermanentError(str(error), invalid=True) from error

    async def shutdown(self, deadline_ns: int) -> None:
        """Nothing to close."""
