"""OTLP/HTTP to a real backend: what is sent, and what each answer means."""

from __future__ import annotations

import asyncio
import email.utils
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from otelrum.collector.errors import PermanentError, RetryableError
from otelrum.exporters.otlp_http import FACTORY
from otelrum.exporters.otlp_http.exporter import MAX_ANSWER_BYTES
from otelrum.otlp.batch import Signal, join
from otelrum.otlp.json import from_json
from otelrum.testing import Extensions
from tests.conftest import Certificates, span_request
from tests.exporters.backends import HttpBackend, Reply, http_backend
from tests.exporters.driving import Exporting, exporting, request, until
from tests.extensions.bearertokenauth.test_extension import extension

pytestmark = pytest.mark.anyio

EXACT = {"initial_interval": "5s", "randomization_factor": 0.0}
RETRYABLE = (429, 502, 503, 504)
FINAL = (300, 302, 400, 401, 403, 404, 405, 408, 409, 413, 415, 418, 500, 501, 505)
PROTOBUF = {"content-type": "application/x-protobuf"}


@asynccontextmanager
async def facing(*answers: Reply, **more: Any) -> AsyncIterator[tuple[HttpBackend, Exporting]]:
    """A backend that answers so, and an exporter that sends to it, with waits that a test knows."""
    settings = {"retry_on_failure": EXACT, **more}
    async with http_backend(*answers) as backend, exporting(FACTORY, endpoint=backend.endpoint, **settings) as running:
        yield backend, running


async def idle(running: Exporting, backend: HttpBackend, requests: int) -> None:
    """Wait until so many requests were answered."""
    await until(lambda: len(backend.got) == requests and not running.count("otelcol_exporter_in_flight_requests"))


async def until_sent_again(running: Exporting, backend: HttpBackend, requests: int) -> float:
    """Move the clock on until so many requests have come; how many seconds that was."""
    began_ns = running.clock.now_ns()
    while len(backend.got) < requests:
        await running.clock.advance(1)
        for _ in range(2000):
            await asyncio.sleep(0)
    return (running.clock.now_ns() - began_ns) / 1e9


@pytest.mark.parametrize("signal", list(Signal))
@pytest.mark.parametrize("compression", ["gzip", "deflate", "zstd", "none"])
async def test_the_bytes_that_came_are_the_bytes_that_leave(signal: Signal, compression: str) -> None:
    async with facing(compression=compression) as (backend, running):
        await running.bring(request(3, signal))
        await until(lambda: len(backend.got) == 1)
    (got,) = backend.got
    assert (got.path, got.body) == (f"/v1/{signal}", span_request(3))
    assert got.headers["content-type"] == "application/x-protobuf"


async def test_as_json_the_same_data_leaves() -> None:
    async with facing(encoding="json", compression="none") as (backend, running):
        await running.bring(request(3))
        await until(lambda: running.sent == 3)
    (got,) = backend.got
    assert got.headers["content-type"] == "application/json"
    assert len(json.loads(got.body)["resourceSpans"]) == 1
    assert from_json(Signal.TRACES, got.body) == span_request(3)


async def test_a_signal_may_have_an_endpoint_of_its_own() -> None:
    async with http_backend() as backend:
        settings = {"endpoint": "http://127.0.0.1:1", "logs_endpoint": f"{backend.endpoint}/ingest"}
        async with exporting(FACTORY, **settings) as running:
            await running.bring(request(1, Signal.LOGS))
            await until(lambda: len(backend.got) == 1)
    assert backend.got[0].path == "/ingest"


async def test_headers_and_the_token_of_an_extension_go_with_every_request() -> None:
    host = Extensions({"bearertokenauth": extension(token="secret")})
    async with http_backend() as backend:
        settings = {"headers": {"X-Tenant": "shop"}, "auth": {"authenticator": "bearertokenauth"}}
        async with exporting(FACTORY, host, endpoint=backend.endpoint, **settings) as running:
            await running.bring(request())
            await until(lambda: running.sent == 1)
    assert backend.got[0].headers["x-tenant"] == "shop"
    assert backend.got[0].headers["authorization"] == "Bearer secret"


@pytest.mark.parametrize("status", RETRYABLE)
async def test_a_status_that_may_be_retried_is_retried(status: int) -> None:
    async with facing(Reply(status)) as (backend, running):
        await running.bring(request(2))
        await idle(running, backend, 1)
        assert running.sent == 0
        await until_sent_again(running, backend, 2)
        await until(lambda: running.sent == 2)


@pytest.mark.parametrize("status", FINAL)
async def test_any_other_status_is_final_and_counted(status: int) -> None:
    async with facing(Reply(status)) as (backend, running):
        await running.bring(request(2))
        await until(lambda: running.failed("permanent") == 2)
        await running.bring(request(3))
        await until(lambda: running.sent == 3)
    assert len(backend.got) == 2


@pytest.mark.parametrize("as_date", [False, True], ids=["seconds", "date"])
async def test_retry_after_is_a_minimum(as_date: bool) -> None:
    async with facing() as (backend, running):
        then_s = running.clock.wall_ns() / 1e9 + 60
        value = email.utils.formatdate(then_s, usegmt=True) if as_date else "60"
        backend.answers.append(Reply(503, headers={"retry-after": value}))
        await running.bring(request())
        await idle(running, backend, 1)
        assert await until_sent_again(running, backend, 2) >= 60


@pytest.mark.parametrize("value", ["-5", "soon", "", "1e9", "Tue, 99 Foo"])
async def test_a_retry_after_that_means_nothing_is_no_reason_to_drop(value: str) -> None:
    async with facing(Reply(429, headers={"retry-after": value})) as (backend, running):
        await running.bring(request())
        await idle(running, backend, 1)
        assert await until_sent_again(running, backend, 2) <= 10
        await until(lambda: running.sent == 1)


async def test_a_connection_that_breaks_is_retried() -> None:
    async def slam(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    server = await asyncio.start_server(slam, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with exporting(FACTORY, endpoint=f"http://127.0.0.1:{port}") as running:
        await running.bring(request())
        await until(lambda: running.count("otelcol_exporter_in_flight_requests") == 1)
        await until(lambda: running.count("otelcol_exporter_in_flight_requests") == 0)
        assert running.failed("permanent") == 0
        assert running.count("otelrum_exporter_queued_items") == 1
    server.close()


async def test_an_attempt_has_its_time() -> None:
    async with facing(timeout="50ms") as (backend, running):
        backend.hangs = asyncio.Event()
        await running.bring(request())
        await until(lambda: len(backend.got) == 1)
        await idle(running, backend, 1)
        backend.hangs.set()
        await until_sent_again(running, backend, 2)


@pytest.mark.parametrize("encoding", ["proto", "json"])
async def test_what_a_backend_leaves_out_is_counted_and_never_sent_again(encoding: str) -> None:
    partial = {"rejected_spans": 2, "error_message": "too old"}
    body = ExportTraceServiceResponse(partial_success=partial).SerializeToString()
    if encoding == "json":
        body = b'{"partialSuccess": {"rejectedSpans": "2", "errorMessage": "too old", "later": 1}}'
    async with facing(Reply(body=body), encoding=encoding) as (backend, running):
        await running.bring(request(5))
        await until(lambda: running.sent == 3)
        assert running.failed("rejected") == 2
        await running.clock.advance(600)
    assert len(backend.got) == 1


@pytest.mark.parametrize("encoding", ["proto", "json"])
async def test_an_answer_that_cannot_be_read_does_not_undo_the_yes(encoding: str) -> None:
    """The backend took the data: sent again it would be there twice, called lost it would be a lie."""
    async with facing(Reply(200, b"\xff\xffno answer"), encoding=encoding) as (_, running):
        await running.bring(request(2))
        await until(lambda: running.sent == 2)


async def test_an_endless_answer_is_not_read_to_its_end() -> None:
    async with facing(Reply(200, bytes(MAX_ANSWER_BYTES + 1))) as (_, running):
        await running.bring(request(2))
        await until(lambda: running.failed("permanent") == 2)


async def test_redirects_are_not_followed() -> None:
    """A token must not go wherever an answer says."""
    async with http_backend() as elsewhere, facing() as (backend, running):
        backend.answers.append(Reply(307, headers={"location": f"{elsewhere.endpoint}/v1/traces"}))
        await running.bring(request())
        await until(lambda: running.failed("permanent") == 1)
    assert elsewhere.got == []


async def test_a_joined_request_that_is_refused_for_good_is_sent_again_in_its_parts() -> None:
    answers = (Reply(400), Reply(), Reply(400), Reply())
    async with facing(*answers, sending_queue={"num_consumers": 1}) as (backend, running):
        await running.bring(join([request(1), request(2), request(3)]))
        await until(lambda: running.sent == 4)
        assert running.failed("permanent") == 2
    assert [got.body for got in backend.got[1:]] == [span_request(1), span_request(2), span_request(3)]


@pytest.mark.parametrize("status", [401, 403, 404])
async def test_a_backend_that_does_not_know_us_gets_no_parts(status: int) -> None:
    async with facing(Reply(status)) as (backend, running):
        await running.bring(join([request(1), request(2)]))
        await until(lambda: running.failed("permanent") == 3)
    assert len(backend.got) == 1


async def test_without_a_queue_the_caller_hears_what_the_backend_said() -> None:
    bad = Reply(400, Status(code=3, message="no OTLP").SerializeToString(), PROTOBUF)
    off = {"sending_queue": {"enabled": False}, "retry_on_failure": {"enabled": False}}
    async with facing(bad, Reply(503), **off) as (_, running):
        with pytest.raises(PermanentError, match="HTTP 400: no OTLP"):
            await running.bring(request())
        with pytest.raises(RetryableError):
            await running.bring(request())


async def test_no_request_waits_for_a_connection_when_there_are_many_consumers() -> None:
    """httpx has a hundred connections by default, and gives up after five seconds of its own."""
    async with facing(sending_queue={"num_consumers": 150}) as (backend, running):
        backend.hangs = asyncio.Event()
        await running.bring(*(request() for _ in range(150)))
        await until(lambda: len(backend.got) == 150)
        backend.hangs.set()
        await until(lambda: running.sent == 150)


def server_tls(certificates: Certificates, *hosts: str) -> ssl.SSLContext:
    files = certificates.issue("server", *hosts)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(files["cert_file"], files["key_file"])
    return context


async def test_only_a_backend_with_a_trusted_certificate_gets_data(certificates: Certificates) -> None:
    async with http_backend(tls=server_tls(certificates)) as backend:
        async with exporting(FACTORY, endpoint=backend.endpoint) as running:
            await running.bring(request())
            await until(lambda: running.count("otelcol_exporter_in_flight_requests") == 1)
            await until(lambda: running.count("otelcol_exporter_in_flight_requests") == 0)
            assert backend.got == []
        for trust in ({"ca_file": certificates.ca_file}, {"insecure_skip_verify": True}):
            async with exporting(FACTORY, endpoint=backend.endpoint, tls=trust) as running:
                await running.bring(request())
                await until(lambda running=running: running.sent == 1)  # type: ignore[misc]


async def test_it_shows_its_certificate_to_a_backend_that_asks_for_one(certificates: Certificates) -> None:
    asking = server_tls(certificates)
    asking.verify_mode = ssl.CERT_REQUIRED
    asking.load_verify_locations(certificates.ca_file)
    async with http_backend(tls=asking) as backend:
        trust = {"ca_file": certificates.ca_file, **certificates.issue("client")}
        async with exporting(FACTORY, endpoint=backend.endpoint, tls=trust) as running:
            await running.bring(request())
            await until(lambda: running.sent == 1)


async def test_a_renewed_authority_is_trusted_and_a_broken_file_is_not_read(
    certificates: Certificates, tmp_path: Path
) -> None:
    folder = tmp_path / "new"
    folder.mkdir()
    renewed = Certificates(folder)
    async with http_backend(tls=server_tls(renewed)) as backend:
        trust = {"ca_file": certificates.ca_file, "reload_interval": "10s"}
        retry = {"initial_interval": "20s", "multiplier": 1.0, "randomization_factor": 0.0}
        async with exporting(FACTORY, endpoint=backend.endpoint, tls=trust, retry_on_failure=retry) as running:
            await running.bring(request())
            await until(lambda: running.count("otelcol_exporter_in_flight_requests") == 1)
            for pem in (b"half a cer", renewed.cert_pem):
                await until(lambda: running.count("otelcol_exporter_in_flight_requests") == 0)
                assert backend.got == []
                Path(certificates.ca_file).write_bytes(pem)
                await running.clock.advance(21)
            await until(lambda: running.sent == 1)


async def test_a_certificate_for_another_name_is_trusted_under_that_name(certificates: Certificates) -> None:
    async with http_backend(tls=server_tls(certificates, "backend.example")) as backend:
        for override, sent in (("", 0), ("other.example", 0), ("backend.example", 1)):
            trust = {"ca_file": certificates.ca_file, "server_name_override": override}
            assert await sent_over(backend.endpoint, trust) == sent


async def test_an_older_version_of_tls_than_the_setting_says_is_not_spoken(certificates: Certificates) -> None:
    old = server_tls(certificates)
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    async with http_backend(tls=old) as backend:
        trust = {"ca_file": certificates.ca_file}
        assert await sent_over(backend.endpoint, {**trust, "min_version": "1.3"}) == 0
        assert await sent_over(backend.endpoint, {**trust, "min_version": "1.2"}) == 1


async def sent_over(endpoint: str, tls: dict[str, str]) -> float:
    """How much the first attempt brings to the backend."""
    async with exporting(FACTORY, endpoint=endpoint, tls=tls) as running:
        await running.bring(request())
        await until(lambda: running.count("otelcol_exporter_in_flight_requests") == 1)
        await until(lambda: running.count("otelcol_exporter_in_flight_requests") == 0)
        return running.sent


async def test_a_proxy_on_the_way_is_asked_for_the_backend() -> None:
    async with http_backend() as proxy:
        settings = {"endpoint": "http://backend.invalid:4318", "proxy_url": proxy.endpoint}
        async with exporting(FACTORY, **settings) as running:
            await running.bring(request(2))
            await until(lambda: running.sent == 2)
    assert proxy.got[0].headers["host"] == "backend.invalid:4318"
    assert proxy.got[0].body == span_request(2)
