"""OTLP/HTTP to a real backend: what is sent, and what each answer means."""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from google.rpc.status_pb2 import Status

from otelrum.collector.errors import PermanentError, RetryableError
from otelrum.exporters.otlp_http import FACTORY
from otelrum.exporters.otlp_http.exporter import COMPRESSIONS
from otelrum.otlp.batch import Signal, count_items, join
from otelrum.otlp.json import from_json
from otelrum.testing import Extensions
from tests.conftest import Certificates, span_request
from tests.exporters.backends import Reply, http_backend
from tests.exporters.driving import Exporting, exporting, request, until
from tests.exporters.otlp_http.facing import facing, idle, until_sent_again
from tests.extensions.bearertokenauth.test_extension import extension

pytestmark = pytest.mark.anyio

PROTOBUF = {"content-type": "application/x-protobuf"}


@pytest.mark.parametrize("signal", list(Signal))
@pytest.mark.parametrize("compression", [*COMPRESSIONS, "none"])
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
        settings: dict[str, Any] = {"endpoint": "http://127.0.0.1:1", "logs_endpoint": f"{backend.endpoint}/ingest"}
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


async def test_a_request_that_is_too_large_is_sent_in_halves() -> None:
    async with facing(Reply(413), Reply(413)) as (backend, running):
        await running.bring(request(4))
        await until(lambda: running.sent == 4)
    assert sorted(count_items(Signal.TRACES, got.body) for got in backend.got) == [1, 1, 2, 2, 4]


async def test_without_a_queue_the_caller_hears_yes_when_all_halves_are_taken() -> None:
    async with facing(Reply(413), sending_queue={"enabled": False}) as (backend, running):
        await running.bring(request(4))
        assert running.sent == 4
    assert [count_items(Signal.TRACES, got.body) for got in backend.got] == [4, 2, 2]


async def test_without_a_queue_a_joined_request_goes_again_in_those_it_was_made_of() -> None:
    """One bad request takes no other with it, and each caller hears what became of its own."""
    answers = [Reply(400), Reply(200), Reply(400)]
    async with facing(*answers, sending_queue={"enabled": False}) as (backend, running):
        reservation = running.exporter.reserve(Signal.TRACES)
        good, bad, gone = [asyncio.ensure_future(reservation.add(request(n))) for n in (1, 2, 3)]
        gone.cancel()
        reservation.close()
        await good
        with pytest.raises(PermanentError):
            await bad
    assert [count_items(Signal.TRACES, got.body) for got in backend.got] == [3, 1, 2], (
        "who went away keeps what it brought"
    )


async def test_the_backend_hears_who_sends_unless_a_header_says_otherwise() -> None:
    for headers, expected in (({}, f"otelrum/{version('otelrum')}"), ({"User-Agent": "shop"}, "shop")):
        async with facing(headers=headers) as (backend, running):
            await running.bring(request())
            await until(lambda: running.sent == 1)
        assert backend.got[0].headers["user-agent"] == expected


async def test_a_signal_that_waits_for_its_backend_takes_no_other_with_it() -> None:
    async with http_backend() as backend:
        settings: dict[str, Any] = {
            "endpoint": backend.endpoint,
            "traces_endpoint": "http://127.0.0.1:1/",
            "sending_queue": {"queue_size": 1},
        }
        async with exporting(FACTORY, **settings) as running:
            await running.bring(request())
            with pytest.raises(RetryableError):
                await running.bring(request())
            await running.bring(request(2, Signal.LOGS))
            await until(lambda: running.count("otelcol_exporter_sent_log_records") == 2)


async def test_what_goes_and_comes_back_is_reported_once_each(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with facing(Reply(503), Reply(503), Reply(503)) as (backend, running):
        await running.bring(request())
        await until_sent_again(running, backend, 4)
        await until(lambda: running.sent == 1)
        lines = [record.getMessage() for record in caplog.records if "the backend" in record.getMessage()]
        assert len(lines) == 2
        for line, what in zip(lines, ("is away", "is back"), strict=True):
            assert line.startswith(f"traces: the backend at {backend.endpoint}/v1/traces {what}")


async def failed(running: Exporting, count: int) -> None:
    await until(lambda: running.count("otelcol_exporter_send_failed_log_records") == count)


@pytest.mark.parametrize(("status", "advice"), [(404, "take this exporter out of the logs pipelines"), (401, "auth")])
async def test_a_backend_that_takes_nothing_of_a_signal_is_reported_once_with_what_to_do(
    caplog: pytest.LogCaptureFixture, status: int, advice: str
) -> None:
    async with facing(*[Reply(status)] * 5) as (_, running):
        for n in range(1, 6):
            await running.bring(request(1, Signal.LOGS))
            await failed(running, n)
    (line,) = [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
    assert line.startswith("logs: ") and advice in line


async def test_how_long_the_backend_took_is_counted() -> None:
    async with facing(Reply(503)) as (backend, running):
        backend.hangs = asyncio.Event()
        await running.bring(request())
        await until(lambda: len(backend.got) == 1)
        await running.clock.advance(2)
        backend.hangs.set()
        await until_sent_again(running, backend, 2)
        await until(lambda: running.sent == 1)
        assert running.count("otelrum_exporter_exports", data_type="traces") == 2
        assert running.count("otelrum_exporter_export_seconds", data_type="traces") == 2


async def test_requests_are_joined_in_the_queue_where_it_has_a_batch() -> None:
    batch = {"min_size": 4, "flush_timeout": "1s"}
    async with facing(sending_queue={"batch": batch}) as (backend, running):
        await running.bring(request(1), request(3), request(2))
        await until(lambda: running.sent == 4)
        assert running.count("otelrum_exporter_queued_items") == 2
        await running.clock.advance(1)
        await until(lambda: running.sent == 6)
    assert [count_items(Signal.TRACES, got.body) for got in backend.got] == [4, 2]


async def test_a_batch_of_the_queue_may_be_limited_in_bytes() -> None:
    size = len(span_request(2))
    batch = {"min_size": 0, "max_size": size, "sizer": "bytes"}
    async with facing(sending_queue={"batch": batch}) as (backend, running):
        await running.bring(request(7))
        await running.stop()
    assert sum(count_items(Signal.TRACES, got.body) for got in backend.got) == 7
    assert max(len(got.body) for got in backend.got) <= size


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
        settings: dict[str, Any] = {"endpoint": "http://backend.invalid:4318", "proxy_url": proxy.endpoint}
        async with exporting(FACTORY, **settings) as running:
            await running.bring(request(2))
            await until(lambda: running.sent == 2)
    assert proxy.got[0].headers["host"] == "backend.invalid:4318"
    assert proxy.got[0].body == span_request(2)
