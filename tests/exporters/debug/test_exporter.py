"""What the debug exporter shows in the log."""

from __future__ import annotations

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from otelrum.collector.errors import PermanentError
from otelrum.collector.telemetry import Telemetry
from otelrum.exporters.debug.config import DebugConfig
from otelrum.exporters.debug.exporter import DebugExporter
from otelrum.otlp.batch import Batch, Signal
from otelrum.testing import ManualClock, build
from tests.conftest import span_request
from tests.exporters.debug.shown import TRACES, shown

pytestmark = pytest.mark.anyio


async def test_basic_is_a_line_a_request(caplog: pytest.LogCaptureFixture) -> None:
    assert await shown(TRACES, "basic", caplog) == [f"traces: 2 items, {len(TRACES.data)} bytes"]


async def test_normal_is_a_line_an_item_with_its_ids_and_attributes(caplog: pytest.LogCaptureFixture) -> None:
    _, first, second = await shown(TRACES, "normal", caplog)
    trace = "0" * 31 + "1"
    assert first.split() == ["span", "0", trace, "0" * 16, "a=1"]
    assert second.split() == ["span", "1", trace, "0" * 15 + "1", "a=1"]


async def test_detailed_has_resource_scope_and_every_field(caplog: pytest.LogCaptureFixture) -> None:
    lines = await shown(TRACES, "detailed", caplog)
    assert [line.split()[0] for line in lines[1:3]] == ["resource", "scope"]
    assert '"traceId"' in lines[3]


async def test_log_records_and_metrics_are_shown_too(caplog: pytest.LogCaptureFixture) -> None:
    logs = ExportLogsServiceRequest()
    logs.resource_logs.add().scope_logs.add().log_records.add(event_name="click")
    metrics = ExportMetricsServiceRequest()
    metrics.resource_metrics.add().scope_metrics.add().metrics.add(name="cpu")
    assert "click" in (await shown(Batch(Signal.LOGS, logs.SerializeToString()), "normal", caplog))[-1]
    assert "cpu" in (await shown(Batch(Signal.METRICS, metrics.SerializeToString()), "normal", caplog))[-1]


async def test_what_it_took_is_counted_as_sent() -> None:
    telemetry = Telemetry()
    await DebugExporter(DebugConfig(), build("debug", ManualClock(), telemetry)).consume(TRACES)
    assert telemetry.snapshot()["otelcol_exporter_sent_spans", (("exporter", "debug"),)] == 2


async def test_what_is_no_otlp_inside_is_refused_for_good() -> None:
    """The shallow view passes what a span's own bytes break."""
    data = span_request().replace(b"span 0", b"\xff\xff\xff\xff\xff\xff")
    exporter = DebugExporter(DebugConfig(verbosity="normal"), build("debug", ManualClock()))
    with pytest.raises(PermanentError):
        await exporter.consume(Batch(Signal.TRACES, data))
