"""A real OpenTelemetry Collector, once before otelrum and once behind it: every signal, every compression."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from signal import SIGTERM
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.peers.collector import PROGRAM, collector
from tests.peers.conftest import MISSING
from tests.peers.peers import free_port, wait_until
from tests.running import Backend, Collector, backend, written

pytestmark = pytest.mark.skipif(not PROGRAM.exists(), reason=MISSING)

CONFIG = """\
receivers:
  otlp: {{protocols: {{grpc: {{endpoint: "127.0.0.1:0"}}, http: {{endpoint: "127.0.0.1:0"}}}}}}
processors:
  batch: {{timeout: 5ms}}
  rum_action: {{}}
exporters:
  {exporter}
service:
  telemetry: {{metrics: {{level: none}}}}
  pipelines:
    traces: {{receivers: [otlp], processors: [{processors}], exporters: [{name}]}}
    logs: {{receivers: [otlp], processors: [batch], exporters: [{name}]}}
    metrics: {{receivers: [otlp], processors: [batch], exporters: [{name}]}}
"""

SIGNALS = ("traces", "logs", "metrics")

# More than a block of any encoding, so that what is compressed is compressed.
PADDING = "telemetry " * 20_000


def bodies() -> dict[str, bytes]:
    """One request of each signal, with the empty messages that the collector writes."""
    traces, logs, metrics = ExportTraceServiceRequest(), ExportLogsServiceRequest(), ExportMetricsServiceRequest()
    groups = (traces.resource_spans.add(), logs.resource_logs.add(), metrics.resource_metrics.add())
    spans, records, figures = groups[0].scope_spans.add(), groups[1].scope_logs.add(), groups[2].scope_metrics.add()
    for part in (*(group.resource for group in groups), spans.scope, records.scope, figures.scope):
        part.SetInParent()
    span = spans.spans.add(name="work", trace_id=b"t" * 16, span_id=b"s" * 8)
    span.status.SetInParent()
    span.attributes.add(key="padding").value.string_value = PADDING
    records.log_records.add(time_unix_nano=1).body.string_value = PADDING
    metric = figures.metrics.add(name="clicks", description=PADDING)
    metric.gauge.data_points.add(as_int=7, time_unix_nano=1)
    return {name: each.SerializeToString() for name, each in zip(SIGNALS, (traces, logs, metrics), strict=True)}


def send(port: int) -> None:
    for signal, body in bodies().items():
        answer = httpx.post(
            f"http://127.0.0.1:{port}/v1/{signal}",
            content=body,
            headers={"content-type": "application/x-protobuf"},
            trust_env=False,
        )
        assert answer.status_code == 200, answer.text


def has_all(kept: Backend) -> bool:
    """Whether every signal has come."""
    return all(kept.requests[signal] for signal in SIGNALS)


def same(kept: Backend) -> None:
    """What has come is what was sent, whichever of both wrote it."""
    readers: tuple[Any, ...] = (ExportTraceServiceRequest, ExportLogsServiceRequest, ExportMetricsServiceRequest)
    for (signal, body), reader in zip(bodies().items(), readers, strict=True):
        (got,) = kept.requests[signal]
        assert reader.FromString(got) == reader.FromString(body)


@pytest.fixture
def sink() -> Iterator[tuple[Backend, str]]:
    with backend() as running:
        yield running


def otelrum(folder: Path, exporter: str, processors: str = "batch") -> Collector:
    text = CONFIG.format(exporter=exporter, name=exporter.partition(":")[0], processors=processors)
    return Collector("--config", written(folder, text), showing_metrics=())


def to(endpoint: str, protocol: str, compression: str) -> str:
    """An exporter in one line, which both programs read."""
    scheme = "" if protocol == "otlp_grpc" else "http://"
    return f'{protocol}: {{endpoint: "{scheme}{endpoint}", compression: {compression}, tls: {{insecure: true}}}}'


HTTP = ("gzip", "zlib", "deflate", "snappy", "x-snappy-framed", "zstd", "lz4", "none")

FROM_COLLECTOR = [("otlp_grpc", "gzip"), ("otlp_grpc", "none"), *(("otlp_http", each) for each in HTTP)]


@pytest.mark.parametrize(("protocol", "compression"), FROM_COLLECTOR)
def test_what_a_collector_sends_goes_through_otelrum(
    tmp_path: Path, sink: tuple[Backend, str], protocol: str, compression: str
) -> None:
    kept, endpoint = sink
    with otelrum(tmp_path, to(endpoint, "otlp_grpc", "gzip")) as running:
        port = running.ready()["grpc" if protocol == "otlp_grpc" else "http"]
        with collector(tmp_path, to(f"127.0.0.1:{port}", protocol, compression)) as ports:
            send(ports["http"])
            wait_until(lambda: has_all(kept))
        running.signal(SIGTERM)
        assert running.exit_status() == 0
    same(kept)


@pytest.mark.parametrize(("protocol", "compression"), FROM_COLLECTOR)
def test_what_otelrum_sends_goes_through_a_collector(
    tmp_path: Path, sink: tuple[Backend, str], protocol: str, compression: str
) -> None:
    kept, endpoint = sink
    with collector(tmp_path, to(endpoint, "otlp_grpc", "gzip")) as ports:
        port = ports["grpc" if protocol == "otlp_grpc" else "http"]
        with otelrum(tmp_path, to(f"127.0.0.1:{port}", protocol, compression)) as running:
            send(running.ready()["http"])
            wait_until(lambda: has_all(kept))
            running.signal(SIGTERM)
            assert running.exit_status() == 0
    same(kept)


@pytest.mark.parametrize("compression", ["snappy", "zstd"])
def test_what_grpcio_cannot_unpack_is_refused_for_good_and_the_collector_says_so(
    tmp_path: Path, sink: tuple[Backend, str], compression: str
) -> None:
    kept, endpoint = sink
    with otelrum(tmp_path, to(endpoint, "otlp_grpc", "gzip")) as running:
        port = running.ready()["grpc"]
        with collector(tmp_path, to(f"127.0.0.1:{port}", "otlp_grpc", compression)) as ports:
            send(ports["http"])
            log = tmp_path / "collector.log"
            wait_until(lambda: "Error parsing 'grpc-encoding' metadata" in log.read_text())
        running.signal(SIGTERM)
    assert not any(kept.requests.values())


def test_a_collector_that_is_away_gets_everything_when_it_is_back(tmp_path: Path, sink: tuple[Backend, str]) -> None:
    kept, endpoint = sink
    port = free_port()
    retry = "retry_on_failure: {initial_interval: 100ms, max_interval: 100ms}"
    exporter = to(f"127.0.0.1:{port}", "otlp_http", "gzip")[:-1] + f", {retry}}}"
    with otelrum(tmp_path, exporter) as running:
        send(running.ready()["http"])
        running.wait_for("traces: the backend at ")
        with collector(tmp_path, to(endpoint, "otlp_grpc", "gzip"), http=port):
            wait_until(lambda: has_all(kept))
            running.signal(SIGTERM)
            assert running.exit_status() == 0
    same(kept)


CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"

FROM_METADATA = """
    {key: user_agent.original, action: insert, from_context: metadata.user-agent},
    {key: client.address, action: insert, from_context: client.address}"""


def click() -> bytes:
    """A click of a browser, as its SDK sends it."""
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add()
    group.resource.attributes.add(key="telemetry.sdk.language").value.string_value = "webjs"
    span = group.scope_spans.add().spans.add(name="click", trace_id=b"t" * 16, span_id=b"s" * 8)
    span.start_time_unix_nano = span.end_time_unix_nano = 1_767_225_600_000_000_000
    own = {"event_type": "click", "target_element": "BUTTON", "target_xpath": "//button", "session.id": "s"}
    for key, value in own.items():
        span.attributes.add(key=key).value.string_value = value
    return request.SerializeToString()


@pytest.mark.parametrize(("actions", "browser"), [(FROM_METADATA, "Chrome"), ("", None)])
def test_the_browser_is_the_one_that_the_collector_in_front_has_reported(
    tmp_path: Path, sink: tuple[Backend, str], actions: str, browser: str | None
) -> None:
    """Without that nobody is: the User-Agent of the request is the collector's own."""
    kept, endpoint = sink
    with otelrum(tmp_path, to(endpoint, "otlp_grpc", "gzip"), "rum_action, batch") as running:
        port = running.ready()["http"]
        with collector(tmp_path, to(f"127.0.0.1:{port}", "otlp_http", "none"), actions=actions) as ports:
            headers = {"content-type": "application/x-protobuf", "user-agent": CHROME}
            url = f"http://127.0.0.1:{ports['http']}/v1/traces"
            assert httpx.post(url, content=click(), headers=headers, trust_env=False).status_code == 200
        running.signal(SIGTERM)
        assert running.exit_status() == 0
    (span,) = kept.spans()
    found = {pair.key: pair.value.string_value for pair in span.attributes}
    assert found["action.type"] == "click"
    assert found.get("user_agent.name") == browser
    assert ("client.address" in found) == bool(actions)
