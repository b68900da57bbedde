"""The official Python SDK, over TLS, with its own certificate, and with a token."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from signal import SIGTERM

import grpc
import pytest
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter

from tests.conftest import Certificates
from tests.peers.peers import configuration
from tests.running import Backend, Collector, backend, written

TOKEN = {"authorization": "Bearer secret"}

both = pytest.mark.parametrize("protocol", ["grpc", "http"])


@pytest.fixture(autouse=True)
def no_authorities_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """They win over `certificate_file` in requests, which the SDK sends with."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def sink() -> Iterator[tuple[Backend, str]]:
    with backend() as running:
        yield running


def record(exporter: SpanExporter) -> None:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    provider.get_tracer("peer").start_span("hello").end()
    provider.shutdown()


def over_tls(protocol: str, ports: dict[str, int], trust: dict[str, str]) -> SpanExporter:
    if protocol == "http":
        return HttpExporter(
            endpoint=f"https://localhost:{ports['http']}/v1/traces",
            certificate_file=trust["ca_file"],
            client_certificate_file=trust.get("cert_file"),
            client_key_file=trust.get("key_file"),
            timeout=2,
        )
    files = [Path(trust[key]).read_bytes() if key in trust else None for key in ("ca_file", "key_file", "cert_file")]
    credentials = grpc.ssl_channel_credentials(*files)
    return GrpcExporter(endpoint=f"https://localhost:{ports['grpc']}", credentials=credentials, timeout=2)


def sent(tmp_path: Path, sink: tuple[Backend, str], make: object, **guard: object) -> int:
    """How many spans come through a collector from exporters that `make` makes of its ports."""
    kept, endpoint = sink
    with Collector("--config", written(tmp_path, configuration(endpoint, **guard))) as collector:
        record(make(collector.ready()))  # type: ignore[operator]
        collector.signal(SIGTERM)
        assert collector.exit_status() == 0
    return len(kept.spans())


@both
def test_over_tls(tmp_path: Path, sink: tuple[Backend, str], certificates: Certificates, protocol: str) -> None:
    tls, trust = json.dumps(certificates.issue("server")), {"ca_file": certificates.ca_file}
    assert sent(tmp_path, sink, lambda ports: over_tls(protocol, ports, trust), tls=tls) == 1


@both
@pytest.mark.parametrize("shows_one", [True, False], ids=["with", "without"])
def test_with_mutual_tls_only_with_a_certificate_of_its_own(
    tmp_path: Path, sink: tuple[Backend, str], certificates: Certificates, protocol: str, shows_one: bool
) -> None:
    tls = json.dumps({**certificates.issue("server"), "client_ca_file": certificates.ca_file})
    trust = {"ca_file": certificates.ca_file, **(certificates.issue("client") if shows_one else {})}
    assert sent(tmp_path, sink, lambda ports: over_tls(protocol, ports, trust), tls=tls) == int(shows_one)


@both
@pytest.mark.parametrize("headers", [TOKEN, {}], ids=["with", "without"])
def test_only_with_the_token(tmp_path: Path, sink: tuple[Backend, str], protocol: str, headers: dict[str, str]) -> None:
    def make(ports: dict[str, int]) -> SpanExporter:
        if protocol == "grpc":
            return GrpcExporter(endpoint=f"127.0.0.1:{ports['grpc']}", insecure=True, headers=headers)
        return HttpExporter(endpoint=f"http://127.0.0.1:{ports['http']}/v1/traces", headers=headers)

    assert sent(tmp_path, sink, make, auth="{authenticator: bearertokenauth}") == len(headers)
