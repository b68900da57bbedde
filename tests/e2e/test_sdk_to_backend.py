"""Real OpenTelemetry SDK exporters, a real process, a real backend."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from pathlib import Path
from signal import SIGTERM

import pytest
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter
from prometheus_client.parser import text_string_to_metric_families

from tests.running import Backend, Collector, backend, written

CONFIG = """\
receivers:
  otlp:
    protocols: {{grpc: {{endpoint: "127.0.0.1:0"}}, http: {{endpoint: "127.0.0.1:0"}}}}
processors:
  batch: {{timeout: 5ms}}
exporters:
  otlp_grpc: {{endpoint: "{endpoint}", tls: {{insecure: true}}}}
service:
  telemetry: {{metrics: {{address: "127.0.0.1:0"}}}}
  pipelines:
    traces: {{receivers: [otlp], processors: [batch], exporters: [otlp_grpc]}}
"""

SPANS = 5

# The backend's answer to the last span is on its way for some milliseconds; one poll takes as long.
POLLS = 1000


@pytest.fixture
def sink() -> Iterator[tuple[Backend, str]]:
    with backend() as running:
        yield running


def record(exporter: SpanExporter) -> list[int]:
    """Spans that go through this exporter; their ids."""
    provider = TracerProvider(resource=Resource.create({"service.name": "shop"}))
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("test")
    ids = []
    for n in range(SPANS):
        with tracer.start_as_current_span(f"span {n}", attributes={"n": n}) as span:
            ids.append(span.get_span_context().span_id)
    provider.shutdown()
    return ids


def counted(port: int) -> dict[str, float]:
    """Every metric of spans that is not zero, over all labels."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        families = text_string_to_metric_families(answer.read().decode())
        samples = [sample for family in families for sample in family.samples]
    totals: dict[str, float] = {}
    for sample in samples:
        name = sample.name.removesuffix("_total")  # which the client's parser gives to every counter
        if name.endswith(("_spans", "_items")) and sample.value:
            totals[name] = totals.get(name, 0) + sample.value
    return totals


def all_sent(totals: dict[str, float]) -> bool:
    return totals.get("otelcol_exporter_sent_spans") == SPANS


def test_every_span_of_every_protocol_arrives_once_and_unchanged(tmp_path: Path, sink: tuple[Backend, str]) -> None:
    kept, endpoint = sink
    with Collector("--config", written(tmp_path, CONFIG.format(endpoint=endpoint))) as collector:
        ports = collector.ready()
        url = f"http://127.0.0.1:{ports['http']}/v1/traces"
        sent = [
            *record(GrpcExporter(endpoint=f"127.0.0.1:{ports['grpc']}", insecure=True)),
            *record(HttpExporter(endpoint=url)),
            *record(HttpExporter(endpoint=url, compression=Compression.Gzip)),
        ]
        collector.signal(SIGTERM)
        assert collector.exit_status() == 0
    spans = kept.spans()
    assert sorted(int.from_bytes(span.span_id) for span in spans) == sorted(sent)
    arrived = sorted((span.name, span.attributes[0].value.int_value) for span in spans)
    assert arrived == sorted([(f"span {n}", n) for n in range(SPANS)] * 3)


def test_what_was_accepted_is_what_was_sent(tmp_path: Path, sink: tuple[Backend, str]) -> None:
    _, endpoint = sink
    with Collector("--config", written(tmp_path, CONFIG.format(endpoint=endpoint))) as collector:
        ports = collector.ready()
        port = collector.metrics_port
        assert port is not None
        record(GrpcExporter(endpoint=f"127.0.0.1:{ports['grpc']}", insecure=True))
        totals = next(filter(all_sent, (counted(port) for _ in range(POLLS))))
    assert totals == {
        "otelcol_receiver_accepted_spans": SPANS,
        "otelcol_processor_incoming_items": SPANS,
        "otelcol_processor_outgoing_items": SPANS,
        "otelcol_exporter_sent_spans": SPANS,
    }
