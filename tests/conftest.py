"""What tests of several rooms share: a loop, receivers on free ports, requests, certificates."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import trustme
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from otelrum.collector.clock import Clock, SystemClock
from otelrum.collector.component import Consumer, Host
from otelrum.collector.telemetry import Telemetry
from otelrum.compiled import stale_message, stale_sources
from otelrum.otlp.batch import Signal
from otelrum.receivers.otlp.config import OtlpReceiverConfig
from otelrum.receivers.otlp.receiver import OtlpReceiver
from otelrum.testing import Extensions, RecordingConsumer, build

Listen = Callable[..., Awaitable[OtlpReceiver]]

SECOND_NS = 10**9


def pytest_configure() -> None:
    """Old code must not answer for the new."""
    if stale := stale_sources():
        pytest.exit(stale_message(stale), returncode=3)


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """The loop of the product."""
    return "asyncio", {"use_uvloop": True}


@pytest.fixture
def sink() -> RecordingConsumer:
    """Where a receiver's data goes, when a test does not say."""
    return RecordingConsumer()


@pytest.fixture
async def listen(sink: RecordingConsumer) -> AsyncIterator[Listen]:
    """Starts `otlp` receivers on free ports of 127.0.0.1, and stops them at the end."""
    running: list[OtlpReceiver] = []

    async def start(
        grpc: dict[str, Any] | None = None,
        http: dict[str, Any] | None = None,
        *,
        settings: dict[str, Any] | None = None,
        consumer: Consumer | None = None,
        clock: Clock | None = None,
        host: Host | None = None,
        telemetry: Telemetry | None = None,
    ) -> OtlpReceiver:
        free = {"endpoint": "127.0.0.1:0"}
        protocols = {"grpc": free | (grpc or {}), "http": free | (http or {})}
        config = OtlpReceiverConfig.model_validate({"protocols": protocols, **(settings or {})})
        receiver = OtlpReceiver(config, build("otlp", clock or SystemClock(), telemetry))
        for signal in Signal:
            receiver.connect(signal, consumer or sink)
        running.append(receiver)
        await receiver.start(host or Extensions())
        return receiver

    yield start
    for receiver in running:
        await receiver.shutdown(SystemClock().now_ns() + SECOND_NS)


def span_request(spans: int = 1, **attributes: str) -> bytes:
    """An export request with so many spans."""
    request = ExportTraceServiceRequest()
    scope = request.resource_spans.add().scope_spans.add()
    for n in range(spans):
        span = scope.spans.add(name=f"span {n}", trace_id=bytes(15) + b"\1", span_id=n.to_bytes(8, "big"))
        for key, value in attributes.items():
            span.attributes.add(key=key.replace("_", ".")).value.string_value = value
    return request.SerializeToString()


@pytest.fixture
def spans() -> Callable[..., bytes]:
    """Makes export requests."""
    return span_request


class Certificates:
    """A certificate authority, and files that it signed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._authority = trustme.CA()
        self.ca_file = str(folder / "ca.pem")
        self.cert_pem = self._authority.cert_pem.bytes()
        Path(self.ca_file).write_bytes(self.cert_pem)

    def issue(self, name: str, *hosts: str) -> dict[str, str]:
        """A certificate for 127.0.0.1 and localhost, or others: its two files. The same name is replaced."""
        issued = self._authority.issue_cert(*(hosts or ("127.0.0.1", "localhost")))
        cert_file, key_file = str(self._folder / f"{name}.pem"), str(self._folder / f"{name}.key")
        issued.private_key_pem.write_to_path(key_file)
        Path(cert_file).write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
        return {"cert_file": cert_file, "key_file": key_file}


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    return Certificates(tmp_path)
