"""What an answer of a backend means (OTLP specification, \"OTLP/HTTP Response\")."""

from __future__ import annotations

import email.utils
import gzip

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceResponse,
)

from otelrum.exporters.otlp_http.exporter import MAX_ANSWER_BYTES
from tests.exporters.backends import Reply
from tests.exporters.driving import request, until
from tests.exporters.otlp_http.facing import facing, idle, until_sent_again

pytestmark = pytest.mark.anyio


RETRYABLE = (429, 502, 503, 504)


FINAL = (300, 301, 302, 303, 400, 401, 403, 404, 405, 408, 409, 415, 418, 500, 501, 505)


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


@pytest.mark.parametrize("encoding", ["proto", "json"])
async def test_what_a_backend_leaves_out_is_counted_and_never_sent_again(encoding: str) -> None:
    partial = ExportTracePartialSuccess(rejected_spans=2, error_message="too old")
    body = ExportTraceServiceResponse(partial_success=partial).SerializeToString()
    if encoding == "json":
        body = b'{"partialSuccess": {"rejectedSpans": "2", "errorMessage": "too old", "later": 1}}'
    async with facing(Reply(body=body), encoding=encoding) as (backend, running):
        await running.bring(request(5))
        await until(lambda: running.sent == 3)
        assert running.failed("rejected") == 2
        await running.clock.advance(600)
    assert len(backend.got) == 1


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/html; charset=utf-8", b"<html>sign in</html>"),
        ("application/x-protobuf", b"\xff\xffno answer"),
        ("application/json", b"[]"),
        ("application/json", b'{"partialSuccess": 1}'),
        ("", b"\xff\xffno answer"),
    ],
)
@pytest.mark.parametrize("encoding", ["proto", "json"])
async def test_a_success_that_is_no_export_response_is_not_called_sent(encoding: str, kind: str, body: bytes) -> None:
    """Who answers so is an ingress or a login page, and has taken nothing."""
    async with facing(Reply(200, body, {"content-type": kind}), encoding=encoding) as (backend, running):
        await running.bring(request(2))
        await until(lambda: running.failed("permanent") == 2)
        assert running.sent == 0
    assert len(backend.got) == 1


@pytest.mark.parametrize(
    ("status", "kind", "body"),
    [
        (200, "application/json", b"{}"), (202, "application/json; charset=utf-8", b'{"more": 1}'),
        (200, "application/x-protobuf", b""), (204, "", b""), (200, "text/plain", b""),
    ],
)  # fmt: skip
@pytest.mark.parametrize("encoding", ["proto", "json"])
async def test_a_success_may_be_in_either_encoding_or_empty(encoding: str, status: int, kind: str, body: bytes) -> None:
    async with facing(Reply(status, body, {"content-type": kind}), encoding=encoding) as (_, running):
        await running.bring(request(2))
        await until(lambda: running.sent == 2)


async def test_an_endless_answer_is_not_read_to_its_end() -> None:
    async with facing(Reply(200, bytes(MAX_ANSWER_BYTES + 1))) as (_, running):
        await running.bring(request(2))
        await until(lambda: running.failed("permanent") == 2)


async def test_a_success_that_is_compressed_unasked_is_one() -> None:
    answer = Reply(200, gzip.compress(b"{}"), {"content-type": "application/json", "content-encoding": "gzip"})
    async with facing(answer) as (_, running):
        await running.bring(request(2))
        await until(lambda: running.sent == 2)
