"""Writes OTLP JSON to a file, one request a line (OTLP specification, "File Exporter")."""

from __future__ import annotations

import asyncio

from otelrum.collector.component import Build, Host
from otelrum.collector.errors import PermanentError, RetryableError
from otelrum.collector.observed import ItemCounters
from otelrum.exporters.file.config import FileConfig
from otelrum.exporters.file.rotation import LineFile
from otelrum.otlp.batch import Batch
from otelrum.otlp.errors import MalformedOtlp
from otelrum.otlp.json import to_json


class FileExporter:
    """Writes one line at a time; a request is taken when the operating system has its line."""

    def __init__(self, config: FileConfig, build: Build) -> None:
        self._config = config
        self._clock = build.clock
        self._sent = ItemCounters(build.telemetry, "otelcol_exporter_sent_{items}", exporter=str(build.id))
        self._file: LineFile | None = None
        self._one_writer = asyncio.Lock()

    async def start(self, host: Host) -> None:
        self._file = await asyncio.to_thread(LineFile, self._config, self._clock)

    async def consume(self, batch: Batch) -> None:
        async with self._one_writer:
            if self._file is None:
                raise RetryableError("the file is closed")
            try:
                await asyncio.to_thread(_write, self._file, batch)
            except MalformedOtlp as error:
                raise PermanentError(str(error), invalid=True) from error
            except OSError as error:
                raise RetryableError(f"cannot write {self._config.path}: {error}") from error
        self._sent.add(batch.signal, batch.items)

    async def shutdown(self, deadline_ns: int) -> None:
        async with self._one_writer:
            file, self._file = self._file, None
            if file is not None:
                await asyncio.to_thread(file.close)


def _write(file: LineFile, batch: Batch) -> None:
    file.write(to_json(batch.signal, batch.data).encode())
