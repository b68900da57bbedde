"""The collector in Rust from PyPI, once before otelrum and once behind it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path
from signal import SIGTERM

import pytest
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from tests.peers.peers import PATIENCE_S, configuration, free_port, is_listening, wait_until
from tests.running import Backend, Collector, backend, written

SPANS = 10


@contextmanager
def rotel(exporter_endpoint: str, protocol: str = "grpc") -> Iterator[dict[str, int]]:
    """A running rotel that sends to this endpoint; its ports. It flushes at its end."""
    ports = {"grpc": free_port(), "http": free_port()}
    with as_file(files("rotel") / "rotel-agent") as program:
        process = subprocess.Popen([
            str(program), "start",
            "--otlp-grpc-endpoint", f"127.0.0.1:{ports['grpc']}",
            "--otlp-http-endpoint", f"127.0.0.1:{ports['http']}",
            "--otlp-exporter-endpoint", exporter_endpoint,
            "--otlp-exporter-protocol", protocol,
        ])  # fmt: skip
        try:
            wait_until(lambda: all(map(is_listening, ports.values())))
            yield ports
        finally:
            process.terminate()
            process.wait(PATIENCE_S)


@pytest.fixture
def sink() -> Iterator[tuple[Backend, str]]:
    with backend() as running:
        yield running


def record(port: int) -> list[int]:
    """Spans of the Python SDK over HTTP; their ids."""
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter(endpoint=f"http://127.0.0.1:{port}/v1/traces")))
    tracer = provider.get_tracer("peer")
    spans = [tracer.start_span(f"span {n}") for n in range(SPANS)]
    for span in spans:
        span.end()
    provider.shutdown()
    return sorted(span.get_span_context().span_id for span in spans)


def ids(kept: Backend) -> list[int]:
    return sorted(int.from_bytes(span.span_id) for span in kept.spans())


@pytest.mark.parametrize("protocol", ["grpc", "http"])
def test_what_rotel_sends_goes_through_otelrum(tmp_path: Path, sink: tuple[Backend, str], protocol: str) -> None:
    kept, endpoint = sink
    with Collector("--config", written(tmp_path, configuration(endpoint))) as collector:
        port = collector.ready()[protocol]
        with rotel(f"http://127.0.0.1:{port}", protocol) as ports:
            sent = record(ports["http"])
        collector.signal(SIGTERM)
        assert collector.exit_status() == 0
    assert ids(kept) == sent


def test_what_otelrum_sends_goes_through_rotel(tmp_path: Path, sink: tuple[Backend, str]) -> None:
    kept, endpoint = sink
    with rotel(f"http://{endpoint}") as ports:
        text = configuration(f"127.0.0.1:{ports['grpc']}")
        with Collector("--config", written(tmp_path, text)) as collector:
            sent = record(collector.ready()["http"])
            collector.signal(SIGTERM)
            assert collector.exit_status() == 0
    assert ids(kept) == sent
