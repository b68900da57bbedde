"""What this process says of itself."""

from __future__ import annotations

from importlib.metadata import version

import pytest

from otelrum.collector.process import offer_process_metrics
from otelrum.collector.telemetry import Telemetry
from otelrum.compiled import variant
from otelrum.testing import ManualClock

pytestmark = pytest.mark.anyio


async def test_uptime_cpu_and_memory_are_there() -> None:
    telemetry, clock = Telemetry(), ManualClock()
    await clock.advance(5)
    offer_process_metrics(telemetry, clock)
    await clock.advance(7.5)
    read = {name: value for (name, _), value in telemetry.snapshot().items()}
    assert read["otelcol_process_uptime"] == 7.5
    assert read["otelcol_process_cpu_seconds"] > 0
    ((_, build_info),) = (series for series in telemetry.snapshot() if series[0] == "otelrum_build_info")
    assert dict(build_info) == {"version": version("otelrum"), "variant": variant()}
    assert 1 << 20 < read["otelcol_process_memory_rss"] < 1 << 40
