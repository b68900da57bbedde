"""What the exporter writes into the log."""

from __future__ import annotations

import logging

import pytest

from otelrum.exporters.debug.config import DebugConfig
from otelrum.exporters.debug.exporter import DebugExporter
from otelrum.otlp.batch import Batch, Signal
from otelrum.testing import ManualClock, build
from tests.conftest import span_request

TRACES = Batch(Signal.TRACES, span_request(2, a="1"))


async def shown(batch: Batch, verbosity: str, caplog: pytest.LogCaptureFixture) -> list[str]:
    exporter = DebugExporter(DebugConfig.model_validate({"verbosity": verbosity}), build("debug", ManualClock()))
    with caplog.at_level(logging.INFO, logger="otelrum.debug"):
        await exporter.consume(batch)
    return [record.getMessage() for record in caplog.records]
