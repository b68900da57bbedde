"""Which ways out the metrics have."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from otelrum.collector.config.service import TelemetryConfig
from otelrum.collector.metric_readers import metric_readers
from otelrum.collector.otlp_push import OtlpPush
from otelrum.collector.prometheus import Prometheus
from otelrum.collector.telemetry import Telemetry
from otelrum.testing import ManualClock

PULL = {"pull": {"exporter": {"prometheus": {"host": "127.0.0.1", "port": 0}}}}
PUSH = {"periodic": {"exporter": {"otlp": {"endpoint": "http://127.0.0.1:1"}}}}


@pytest.mark.parametrize(
    ("metrics", "kinds"),
    [
        ({}, [Prometheus]),
        ({"level": "none"}, []),
        ({"address": "localhost:1"}, [Prometheus]),
        ({"readers": [PULL]}, [Prometheus]),
        ({"readers": [PULL, PUSH]}, [Prometheus, OtlpPush]),
    ],
)
def test_each_reader_is_a_way_out(metrics: dict[str, Any], kinds: list[type]) -> None:
    config = TelemetryConfig.model_validate({"metrics": metrics})
    assert [type(each) for each in metric_readers(config, Telemetry(), ManualClock())] == kinds


def test_the_process_is_measured_only_where_somebody_looks() -> None:
    telemetry = Telemetry()
    metric_readers(TelemetryConfig.model_validate({"metrics": {"level": "none"}}), telemetry, ManualClock())
    assert telemetry.snapshot() == {}


def test_no_library_for_metrics_is_loaded_before_a_reader_wants_it() -> None:
    libraries = ("prometheus_client", "opentelemetry.sdk")
    program = f"import sys, otelrum.cli; print([name for name in {libraries} if name in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert loaded.stdout == "[]\n"
