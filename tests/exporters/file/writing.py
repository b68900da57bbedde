"""An exporter that writes to a file."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from otelrum.exporters.file.config import FileConfig
from otelrum.exporters.file.exporter import FileExporter
from otelrum.otlp.batch import Batch, Signal
from otelrum.testing import Extensions, ManualClock, build
from tests.conftest import span_request


def request(spans: int = 1, **attributes: str) -> Batch:
    return Batch(Signal.TRACES, span_request(spans, **attributes))


@asynccontextmanager
async def writing(path: Path, clock: ManualClock | None = None, **settings: Any) -> AsyncIterator[FileExporter]:
    config = FileConfig.model_validate({"path": str(path), **settings})
    exporter = FileExporter(config, build("file", clock or ManualClock()))
    await exporter.start(Extensions())
    yield exporter
    await exporter.shutdown(0)
