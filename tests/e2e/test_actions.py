"""A click that the real SDK reports leaves a real process as an action, also after SIGTERM and after a crash."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from signal import SIGKILL, SIGTERM

import pytest
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import SpanKind

from otelrum.otlp.values import attributes
from tests.running import Backend, Collector, backend, written

CONFIG = """\
receivers:
  otlp:
    protocols: {{grpc: {{endpoint: "127.0.0.1:0"}}, http: {{endpoint: "127.0.0.1:0"}}}}
processors:
  rum_action: {rum_action}
  batch: {{timeout: 5ms}}
exporters:
  otlp_grpc: {{endpoint: "{endpoint}", tls: {{insecure: true}}, sending_queue: {queue}}}
extensions:
  {extensions}
service:
  extensions: {enabled}
  telemetry: {{metrics: {{level: none}}}}
  pipelines:
    traces: {{receivers: [otlp], processors: [rum_action, batch], exporters: [otlp_grpc]}}
"""
MS = 10**6
T0 = 1_760_000_000 * 10**9


@pytest.fixture
def sink() -> Iterator[tuple[Backend, str]]:
    with backend() as running:
        yield running


def in_memory(endpoint: str) -> str:
    nothing = "health_check: {endpoint: 127.0.0.1:0}"
    return CONFIG.format(endpoint=endpoint, rum_action="{}", queue="{}", extensions=nothing, enabled="[]")


def on_disk(endpoint: str, folder: Path) -> str:
    return CONFIG.format(
        endpoint=endpoint,
        rum_action="{storage: file_storage}",
        queue="{storage: file_storage}",
        extensions=f"file_storage: {{directory: {folder}/data, create_directory: true}}",
        enabled="[file_storage]",
    )


def click(exporter: SpanExporter) -> None:
    """A click with two requests, as a browser reports it."""
    resource = Resource.create({"service.name": "shop", "telemetry.sdk.language": "webjs"})
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    page = {"session.id": "s1", "view.id": "v1"}
    own = page | {"event_type": "click", "target_element": "BUTTON", "target_xpath": '//*[@id="buy"]'}
    clicks = provider.get_tracer("@opentelemetry/instrumentation-user-interaction")
    requests = provider.get_tracer("@opentelemetry/instrumentation-fetch")
    with clicks.start_as_current_span("click", attributes=own, start_time=T0, end_on_exit=False) as span:
        for start, end in ((5, 120), (150, 300)):
            child = requests.start_span("GET", kind=SpanKind.CLIENT, attributes=page, start_time=T0 + start * MS)
            child.end(T0 + end * MS)
        span.end(T0 + 2 * MS)
    provider.force_flush()
    provider.shutdown()


def check(kept: Backend, copies: int = 1) -> None:
    spans = [attributes(span.attributes) for span in kept.spans()]
    heads = [span for span in spans if "action.type" in span]
    assert len(heads) == copies and len(spans) == 3 * copies
    for head in heads:
        assert head["action.name"] == "Click on #buy"
        assert head["action.loading_time"] == 300 * MS
        assert head["action.resource.count"] == 2
    assert {span["action.id"] for span in spans} == {heads[0]["action.id"]}


@pytest.mark.parametrize("protocol", ["grpc", "grpc gzip", "http", "http gzip"])
def test_a_click_of_the_real_sdk_is_an_action_at_the_backend_after_sigterm(
    tmp_path: Path, sink: tuple[Backend, str], protocol: str
) -> None:
    kept, endpoint = sink
    with Collector("--config", written(tmp_path, in_memory(endpoint))) as collector:
        click(exporter_of(protocol, collector.ready()))
        assert kept.spans() == [], "held"
        collector.signal(SIGTERM)
        assert collector.exit_status() == 0
    check(kept)


def exporter_of(protocol: str, ports: dict[str, int]) -> SpanExporter:
    name, _, gzip = protocol.partition(" ")
    if name == "grpc":
        endpoint = f"127.0.0.1:{ports['grpc']}"
        if not gzip:
            return GrpcExporter(endpoint=endpoint, insecure=True)
        from grpc import Compression as GrpcCompression

        return GrpcExporter(endpoint=endpoint, insecure=True, compression=GrpcCompression.Gzip)
    compression = Compression.Gzip if gzip else Compression.NoCompression
    return HttpExporter(endpoint=f"http://127.0.0.1:{ports['http']}/v1/traces", compression=compression)


def test_what_was_acknowledged_before_kill_9_leaves_the_next_process_as_an_action(
    tmp_path: Path, sink: tuple[Backend, str]
) -> None:
    kept, endpoint = sink
    config = written(tmp_path, on_disk(endpoint, tmp_path))
    with Collector("--config", config) as collector:
        click(exporter_of("grpc", collector.ready()))
        collector.signal(SIGKILL)
        assert collector.exit_status() == -SIGKILL
    assert kept.spans() == []
    with Collector("--config", config) as collector:
        collector.ready()
        collector.signal(SIGTERM)
        assert collector.exit_status() == 0
    check(kept)


def test_what_has_left_is_not_sent_again_by_the_next_process(tmp_path: Path, sink: tuple[Backend, str]) -> None:
    kept, endpoint = sink
    config = written(tmp_path, on_disk(endpoint, tmp_path))
    for _ in range(3):
        with Collector("--config", config) as collector:
            ports = collector.ready()
            if not kept.spans():
                click(exporter_of("grpc", ports))
            collector.signal(SIGTERM)
            assert collector.exit_status() == 0
        check(kept)
