"""OTLP/gRPC to a real backend: what is sent, and what each answer means."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceResponse,
)

from otelrum.collector.errors import PermanentError, RetryableError
from otelrum.exporters.otlp_grpc import FACTORY
from otelrum.exporters.signal_sender import MAX_REQUEST_BYTES
from otelrum.otlp.batch import Batch, Signal, count_items, join
from otelrum.testing import Extensions, ManualClock, run_until_quiet
from tests.conftest import Certificates, span_request
from tests.exporters.backends import GrpcBackend, grpc_backend, status
from tests.exporters.driving import Exporting, exporting, request, until
from tests.exporters.relay import relay_to
from tests.extensions.bearertokenauth.test_extension import extension
from tests.running import EXPORT

pytestmark = pytest.mark.anyio

Code = grpc.StatusCode
RETRYABLE = (
    Code.CANCELLED, Code.DEADLINE_EXCEEDED, Code.ABORTED, Code.OUT_OF_RANGE, Code.UNAVAILABLE, Code.DATA_LOSS,
)  # fmt: skip
FINAL = tuple(code for code in Code if code not in (*RETRYABLE, Code.OK, Code.RESOURCE_EXHAUSTED))
EXACT = {"initial_interval": "5s", "randomization_factor": 0.0}


def to(backend: GrpcBackend, **more: Any) -> dict[str, Any]:
    """Settings for a backend without TLS, with waits that a test knows."""
    return {"endpoint": backend.endpoint, "tls": {"insecure": True}, "retry_on_failure": EXACT, **more}


@asynccontextmanager
async def facing(*answers: bytes | Status, **more: Any) -> AsyncIterator[tuple[GrpcBackend, Exporting]]:
    """A backend that answers so, and an exporter that sends to it."""
    async with grpc_backend(*answers) as backend, exporting(FACTORY, **to(backend, **more)) as running:
        yield backend, running


def response(rejected: int, message: str) -> bytes:
    partial = ExportTracePartialSuccess(rejected_spans=rejected, error_message=message)
    return ExportTraceServiceResponse(partial_success=partial).SerializeToString()


@pytest.mark.parametrize("signal", list(Signal))
@pytest.mark.parametrize("compression", ["gzip", "deflate", "none"])
async def test_the_bytes_that_came_are_the_bytes_that_leave(signal: Signal, compression: str) -> None:
    async with facing(compression=compression) as (backend, running):
        await running.bring(request(3, signal))
        await until(lambda: len(backend.got) == 1)
        assert backend.got[0].body == span_request(3)
        assert EXPORT[backend.got[0].path] == signal


async def test_headers_of_the_configuration_go_with_every_request() -> None:
    async with facing(headers={"X-Tenant": "shop"}) as (backend, running):
        await running.bring(request(), request())
        await until(lambda: len(backend.got) == 2)
    assert [got.headers["x-tenant"] for got in backend.got] == ["shop", "shop"]


@pytest.mark.parametrize("code", RETRYABLE, ids=lambda code: code.name)
async def test_a_status_that_may_be_retried_is_retried(code: grpc.StatusCode) -> None:
    async with facing(status(code)) as (backend, running):
        await running.bring(request(2))
        await until(lambda: len(backend.got) == 1)
        assert running.sent == 0
        await until_sent_again(running.clock, backend, 2)
        await until(lambda: running.sent == 2)


async def until_sent_again(clock: Any, backend: GrpcBackend, requests: int, step_s: float = 1) -> float:
    """Move the clock on until so many requests have come; how long that was."""
    began_ns = clock.now_ns()
    while len(backend.got) < requests:
        await clock.advance(step_s)
        for _ in range(2000):
            await asyncio.sleep(0)
    return float(clock.now_ns() - began_ns) / 1e9


@pytest.mark.parametrize("code", FINAL, ids=lambda code: code.name)
async def test_any_other_status_is_final_and_counted(code: grpc.StatusCode) -> None:
    async with facing(status(code)) as (backend, running):
        await running.bring(request(2))
        await until(lambda: running.failed("permanent") == 2)
        await running.bring(request(3))
        await until(lambda: running.sent == 3)
    assert len(backend.got) == 2


async def test_resource_exhausted_may_be_retried_when_it_says_when() -> None:
    answer = status(Code.RESOURCE_EXHAUSTED, "slow down", retry_s=20)
    async with facing(answer) as (backend, running):
        await running.bring(request())
        await until(lambda: len(backend.got) == 1)
        await until(lambda: running.count("otelcol_exporter_in_flight_requests") == 0)
        assert await until_sent_again(running.clock, backend, 2) >= 20


async def test_the_delay_of_retry_info_is_a_minimum() -> None:
    async with facing(status(Code.UNAVAILABLE, retry_s=60)) as (backend, running):
        await running.bring(request())
        await until(lambda: running.count("otelcol_exporter_in_flight_requests") == 0 and len(backend.got) == 1)
        assert await until_sent_again(running.clock, backend, 2) >= 60


async def test_when_the_time_for_all_attempts_is_over_it_is_counted_as_given_up() -> None:
    settings = {"retry_on_failure": {**EXACT, "max_elapsed_time": "1s"}}
    async with facing(status(Code.UNAVAILABLE), **settings) as (backend, running):
        await running.bring(request(4))
        await until(lambda: running.failed("retries") == 4)
    assert len(backend.got) == 1


async def test_what_a_backend_leaves_out_is_counted_and_never_sent_again() -> None:
    async with facing(response(2, "too old")) as (backend, running):
        await running.bring(request(5))
        await until(lambda: running.sent == 3)
        assert running.failed("rejected") == 2
        await running.clock.advance(600)
    assert len(backend.got) == 1


@pytest.mark.parametrize("rejected", [-3, 1000])
async def test_a_backend_that_cannot_count_does_not_spoil_our_figures(rejected: int) -> None:
    async with facing(response(rejected, "")) as (_, running):
        await running.bring(request(5))
        await until(lambda: running.sent + running.failed("rejected") == 5)
        assert min(running.sent, running.failed("rejected")) >= 0


async def test_a_joined_request_that_is_refused_for_good_is_sent_again_in_its_parts() -> None:
    bad = status(Code.INVALID_ARGUMENT)
    async with facing(bad, b"", bad, b"", sending_queue={"num_consumers": 1}) as (backend, running):
        await running.bring(join([request(1), request(2), request(3)]))
        await until(lambda: running.sent == 4)
        assert running.failed("permanent") == 2
    assert [got.body for got in backend.got[1:]] == [span_request(1), span_request(2), span_request(3)]


async def test_a_backend_that_does_not_know_us_gets_no_parts() -> None:
    """What it says is not about the data: each part would hear the same."""
    async with facing(status(Code.UNAUTHENTICATED)) as (backend, running):
        await running.bring(join([request(1), request(2)]))
        await until(lambda: running.failed("permanent") == 3)
    assert len(backend.got) == 1


async def test_a_request_larger_than_any_backend_must_take_is_not_sent_but_its_parts_are() -> None:
    half = span_request(1, a="x" * (MAX_REQUEST_BYTES // 2))
    batch = join([Batch(Signal.TRACES, half), Batch(Signal.TRACES, half)])
    async with facing(compression="none", timeout="1m") as (backend, running):
        await running.bring(batch)
        await until(lambda: running.sent == 2)
    assert [len(got.body) for got in backend.got] == [len(half)] * 2


async def test_an_empty_request_is_not_sent() -> None:
    async with facing() as (backend, running):
        await running.bring(Batch(Signal.TRACES, b""), request())
        await until(lambda: len(backend.got) == 1)
    assert backend.got[0].body == span_request()


async def test_an_attempt_has_its_time() -> None:
    async with grpc_backend() as backend:
        backend.hangs = asyncio.Event()
        async with exporting(FACTORY, **to(backend, timeout="50ms")) as running:
            await running.bring(request())
            await until(lambda: len(backend.got) == 1)
            await until(lambda: running.count("otelcol_exporter_in_flight_requests") == 0)
            assert running.count("otelrum_exporter_queued_items") == 1
            backend.hangs.set()
            await until_sent_again(running.clock, backend, 2)


async def test_a_request_that_is_too_large_is_sent_in_halves_until_one_item_is() -> None:
    """RESOURCE_EXHAUSTED without RetryInfo: what a gRPC server says of a message over its size."""
    async with facing(*[status(Code.RESOURCE_EXHAUSTED)] * 3) as (backend, running):
        await running.bring(request(4))
        await until(lambda: running.sent == 4)
    assert sorted(count_items(Signal.TRACES, got.body) for got in backend.got) == [1, 1, 1, 1, 2, 2, 4]
    assert running.failed("permanent") == 0


async def test_one_item_that_is_too_large_is_given_up() -> None:
    async with facing(status(Code.RESOURCE_EXHAUSTED)) as (backend, running):
        await running.bring(request(1))
        await until(lambda: running.failed("permanent") == 1)
    assert len(backend.got) == 1


def test_deflate_is_warned_of_because_few_servers_read_it(caplog: pytest.LogCaptureFixture) -> None:
    for compression, warnings in (("gzip", 0), ("deflate", 1)):
        caplog.clear()
        Exporting(FACTORY, ManualClock(), {"endpoint": "127.0.0.1:1", "compression": compression})
        assert len(caplog.records) == warnings


async def test_the_backend_hears_who_sends() -> None:
    async with facing() as (backend, running):
        await running.bring(request())
        await until(lambda: running.sent == 1)
    assert backend.got[0].headers["user-agent"].startswith(f"otelrum/{version('otelrum')} ")


async def test_a_full_queue_is_reported_as_retryable_and_counted() -> None:
    async with grpc_backend() as backend:
        backend.hangs = asyncio.Event()
        async with exporting(FACTORY, **to(backend, sending_queue={"queue_size": 1})) as running:
            await running.bring(request())
            with pytest.raises(RetryableError):
                await running.bring(request(2))
            assert running.count("otelcol_exporter_enqueue_failed_spans") == 2
            await running.bring(request(2, Signal.LOGS))
            assert running.count("otelcol_exporter_queue_size", data_type="traces") == 1
            assert running.count("otelcol_exporter_queue_capacity", data_type="traces") == 1


async def test_without_a_queue_the_caller_hears_what_became_of_it(caplog: pytest.LogCaptureFixture) -> None:
    answers = (b"", status(Code.INVALID_ARGUMENT, "bad"), status(Code.UNAVAILABLE, "busy"))
    off = {"sending_queue": {"enabled": False}, "retry_on_failure": {"enabled": False}}
    async with facing(*answers, **off) as (_, running):
        await running.bring(request())
        with pytest.raises(PermanentError, match="bad"):
            await running.bring(request())
        with pytest.raises(RetryableError, match="busy"):
            await running.bring(request())
        assert running.sent == 1
    assert "dropping" not in caplog.text, "who brought it has it still"


async def test_stopping_sends_what_is_queued() -> None:
    async with facing(sending_queue={"num_consumers": 1}) as (backend, running):
        await running.bring(*(request() for _ in range(20)))
        await running.stop()
        assert running.sent == 20
    assert len(backend.got) == 20


async def test_what_is_not_sent_at_the_deadline_is_counted_and_reported(caplog: pytest.LogCaptureFixture) -> None:
    async with grpc_backend() as backend:
        backend.hangs = asyncio.Event()
        async with exporting(FACTORY, **to(backend, sending_queue={"num_consumers": 2})) as running:
            await running.bring(*(request(2) for _ in range(5)))
            await until(lambda: len(backend.got) == 2)
            await running.stop(0)
            assert running.failed("shutdown") == 10
            assert running.count("otelrum_exporter_queued_items") == 0
    assert "dropping 10 items: not sent before the end" in caplog.text


@pytest.mark.parametrize(
    ("scheme", "tls", "secure"),
    [
        ("", {}, True),
        ("", {"insecure": True}, False),
        ("https://", {"insecure": True}, True),
        ("http://", {}, False),
    ],
)
async def test_a_scheme_decides_about_tls_in_both_directions_and_without_one_the_setting(
    certificates: Certificates, scheme: str, tls: Mapping[str, Any], secure: bool
) -> None:
    files = certificates.issue("server")
    pair = (Path(files["key_file"]).read_bytes(), Path(files["cert_file"]).read_bytes())
    credentials = grpc.ssl_server_credentials([pair]) if secure else None
    async with grpc_backend(credentials=credentials) as backend:
        endpoint = scheme + backend.endpoint
        trust = {**tls, "ca_file": certificates.ca_file}
        async with exporting(FACTORY, endpoint=endpoint, tls=trust, retry_on_failure=EXACT) as running:
            await running.bring(request())
            await until(lambda: running.sent == 1)


async def test_it_shows_its_certificate_to_a_backend_that_asks_for_one(certificates: Certificates) -> None:
    files = certificates.issue("server")
    pair = (Path(files["key_file"]).read_bytes(), Path(files["cert_file"]).read_bytes())
    asking = grpc.ssl_server_credentials([pair], Path(certificates.ca_file).read_bytes(), True)
    async with grpc_backend(credentials=asking) as backend:
        trust = {"ca_file": certificates.ca_file, **certificates.issue("client")}
        async with exporting(FACTORY, endpoint=backend.endpoint, tls=trust) as running:
            await running.bring(request())
            await until(lambda: running.sent == 1)


async def test_renewed_certificates_are_shown_and_broken_ones_are_not(certificates: Certificates) -> None:
    files = certificates.issue("server")
    pair = (Path(files["key_file"]).read_bytes(), Path(files["cert_file"]).read_bytes())
    asking = grpc.ssl_server_credentials([pair], Path(certificates.ca_file).read_bytes(), True)
    async with grpc_backend(credentials=asking) as backend:
        shown = certificates.issue("client")
        trust = {"ca_file": certificates.ca_file, "reload_interval": "10s", **shown}
        async with exporting(FACTORY, endpoint=backend.endpoint, tls=trust) as running:
            await running.bring(request())
            await until(lambda: running.sent == 1)
            Path(shown["cert_file"]).write_text("half a cer")
            await running.clock.advance(11)
            await running.bring(request())
            await until(lambda: running.sent == 2)
            certificates.issue("client")
            await running.clock.advance(11)
            await running.bring(request())
            await until(lambda: running.sent == 3)
    first, second, third = (got.certificate for got in backend.got)
    assert first == second != third


async def test_the_token_of_an_extension_goes_with_every_request() -> None:
    host = Extensions({"bearertokenauth": extension(token="secret")})
    async with grpc_backend() as backend:
        settings = to(backend, auth={"authenticator": "bearertokenauth"})
        async with exporting(FACTORY, host, **settings) as running:
            await running.bring(request())
            await until(lambda: running.sent == 1)
    assert backend.got[0].headers["authorization"] == "Bearer secret"


@pytest.mark.parametrize(("compression", "is_small"), [("gzip", True), ("deflate", True), ("none", False)])
async def test_what_is_packed_is_small_on_the_wire(compression: str, is_small: bool) -> None:
    text = "t" * 100_000
    async with grpc_backend() as backend, relay_to(backend.endpoint) as relay:
        settings: dict[str, Any] = {"endpoint": relay.endpoint, "tls": {"insecure": True}, "compression": compression}
        async with exporting(FACTORY, **settings) as running:
            await running.bring(request(1, text=text))
            await until(lambda: running.sent == 1)
    assert backend.got[0].body == span_request(1, text=text)
    assert (relay.sent_bytes < len(text)) is is_small


async def test_a_connection_that_died_unseen_is_found_by_keepalive_before_the_timeout() -> None:
    """A machine that is gone closes nothing: without asking, each request would wait for its whole timeout."""
    keepalive = {"time": "100ms", "timeout": "100ms", "permit_without_stream": True}
    async with grpc_backend() as backend, relay_to(backend.endpoint) as relay:
        settings: dict[str, Any] = {
            "endpoint": relay.endpoint,
            "tls": {"insecure": True},
            "timeout": "10m",
            "retry_on_failure": EXACT,
        }
        async with exporting(FACTORY, **settings, keepalive=keepalive) as running:
            await running.bring(request())
            await until(lambda: running.sent == 1)
            relay.is_silent = True
            await running.bring(request())
            await until(lambda: running.count("otelcol_exporter_in_flight_requests") == 1)
            await until(lambda: running.count("otelcol_exporter_in_flight_requests") == 0)
            relay.is_silent = False
            await run_until_quiet()  # until it waits for its next try
            await running.clock.advance(6)
            await until(lambda: running.sent == 2)


async def test_a_certificate_for_another_name_is_trusted_under_that_name(certificates: Certificates) -> None:
    files = certificates.issue("server", "backend.example")
    pair = (Path(files["key_file"]).read_bytes(), Path(files["cert_file"]).read_bytes())
    async with grpc_backend(credentials=grpc.ssl_server_credentials([pair])) as backend:
        for override, sent in (("", 0), ("other.example", 0), ("backend.example", 1)):
            trust = {"ca_file": certificates.ca_file, "server_name_override": override}
            async with exporting(FACTORY, endpoint=backend.endpoint, tls=trust) as running:
                await running.bring(request())
                await until(lambda running=running: running.count("otelcol_exporter_in_flight_requests") == 1)  # type: ignore[misc]
                await until(lambda running=running: running.count("otelcol_exporter_in_flight_requests") == 0)  # type: ignore[misc]
                assert running.sent == sent
