"""What Prometheus reads."""

from __future__ import annotations

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from otelrum.collector.prometheus import Prometheus
from otelrum.collector.telemetry import Telemetry
from otelrum.testing import Extensions

pytestmark = pytest.mark.anyio


def test_every_number_has_its_own_name_and_labels() -> None:
    telemetry = Telemetry()
    telemetry.counter("otelcol_exporter_sent_spans", exporter='a"b\\').add(7)
    telemetry.observe("otelcol_exporter_queue_size", lambda: 2.5, exporter="a", data_type="traces")
    families = {family.name: family for family in Prometheus("127.0.0.1:0", telemetry).collect()}
    assert families.keys() == {"otelcol_exporter_sent_spans", "otelcol_exporter_queue_size"}
    assert families["otelcol_exporter_queue_size"].type == "gauge"
    assert families["otelcol_exporter_sent_spans"].documentation == "spans that the backend took"


async def test_the_page_is_what_prometheus_can_parse() -> None:
    telemetry = Telemetry()
    telemetry.counter("otelcol_exporter_sent_spans", exporter='a"b\\\n').add(7)
    telemetry.observe("otelcol_exporter_queue_size", lambda: 1, exporter="a", data_type="traces")
    shown = Prometheus("127.0.0.1:0", telemetry)
    await shown.start(Extensions())
    try:
        async with httpx.AsyncClient() as client:
            answer = await client.get(f"http://127.0.0.1:{shown.port}/metrics")
    finally:
        await shown.shutdown(0)
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert "# TYPE otelcol_exporter_sent_spans counter\notelcol_exporter_sent_spans{" in answer.text
    assert "# TYPE otelcol_exporter_queue_size gauge" in answer.text
    samples = [
        sample
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
        if family.type != "gauge"
    ]
    assert [(sample.name, sample.labels, sample.value) for sample in samples] == [
        ("otelcol_exporter_sent_spans_total", {"exporter": 'a"b\\\n'}, 7.0)
    ]
