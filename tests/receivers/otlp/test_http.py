"""OTLP/HTTP: what is taken, what is refused, and what the sender hears."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import zstandard
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from otelrum.collector.errors import PermanentError, RetryableError
from otelrum.collector.telemetry import Telemetry
from otelrum.otlp.batch import Signal
from otelrum.otlp.json import to_json
from otelrum.testing import Extensions, FailingConsumer, RecordingConsumer
from tests.conftest import Listen
from tests.extensions.bearertokenauth.test_extension import extension
from tests.receivers.otlp.compressed import COMPRESS

pytestmark = pytest.mark.anyio

PROTOBUF = {"content-type": "application/x-protobuf"}
JSON = {"content-type": "application/json"}
GARBAGE = b"\xff\xff no OTLP"

Spans = Callable[..., bytes]


async def post(port: int, body: bytes, path: str = "/v1/traces", **headers: str) -> httpx.Response:
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.post(f"http://127.0.0.1:{port}{path}", content=body, headers=PROTOBUF | named)


async def test_a_protobuf_request_travels_as_the_bytes_that_came(
    listen: Listen, sink: RecordingConsumer, spans: Spans
) -> None:
    port = (await listen()).ports["http"]
    answer = await post(port, spans(2))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/x-protobuf"
    assert not ExportTraceServiceResponse.FromString(answer.content).HasField("partial_success")
    assert [(batch.signal, batch.data) for batch in sink.batches] == [(Signal.TRACES, spans(2))]


async def test_a_json_request_is_answered_in_json(listen: Listen, sink: RecordingConsumer, spans: Spans) -> None:
    port = (await listen()).ports["http"]
    body = to_json(Signal.TRACES, spans(2)).encode()
    answer = await post(port, body, content_type="application/json; charset=utf-8")
    assert (answer.status_code, answer.json()) == (200, {})
    assert answer.headers["content-type"] == "application/json"
    assert sink.batches[0].data == spans(2)


@pytest.mark.parametrize("path", ["/v1/traces", "/v1/metrics", "/v1/logs"])
@pytest.mark.parametrize(("kind", "empty"), [(PROTOBUF, b""), (JSON, b"{}"), (JSON, b"")])
async def test_an_empty_request_is_a_success_that_does_not_travel(
    listen: Listen, sink: RecordingConsumer, path: str, kind: dict[str, str], empty: bytes
) -> None:
    port = (await listen()).ports["http"]
    answer = await post(port, empty, path, content_type=kind["content-type"])
    assert (answer.status_code, sink.batches) == (200, [])


@pytest.mark.parametrize("encoding", sorted(COMPRESS))
async def test_a_compressed_body_is_decompressed(
    listen: Listen, sink: RecordingConsumer, spans: Spans, encoding: str
) -> None:
    port = (await listen()).ports["http"]
    answer = await post(port, COMPRESS[encoding](spans(3)), content_encoding=encoding)
    assert (answer.status_code, sink.batches[0].data) == (200, spans(3))


@pytest.mark.parametrize("value", ["", ",", "identity", "Identity", ", identity ,"])
async def test_a_content_encoding_of_nothing_means_none(
    listen: Listen, sink: RecordingConsumer, spans: Spans, value: str
) -> None:
    port = (await listen()).ports["http"]
    answer = await post(port, spans(3), content_encoding=value)
    assert (answer.status_code, sink.items) == (200, 3)


@pytest.mark.parametrize("value", ["GZIP", "x-gzip", "gzip ,", ", identity, gzip"])
async def test_gzip_is_gzip_however_it_is_written(
    listen: Listen, sink: RecordingConsumer, spans: Spans, value: str
) -> None:
    port = (await listen()).ports["http"]
    answer = await post(port, gzip.compress(spans(1)) + gzip.compress(spans(2)), content_encoding=value)
    assert (answer.status_code, sink.items) == (200, 3)


async def test_a_header_that_comes_twice_is_one_list(listen: Listen, sink: RecordingConsumer, spans: Spans) -> None:
    port = (await listen(http={"include_metadata": True})).ports["http"]
    async with httpx.AsyncClient(trust_env=False) as client:
        lines = [("x-forwarded-for", "192.0.2.1"), ("x-forwarded-for", "192.0.2.2"), ("content-encoding", ""),
                 *PROTOBUF.items()]  # fmt: skip
        await client.post(f"http://127.0.0.1:{port}/v1/traces", content=spans(), headers=lines)
    assert sink.batches[0].client.headers["x-forwarded-for"] == "192.0.2.1, 192.0.2.2"


def refused(answer: httpx.Response, *, as_json: bool = False) -> dict[str, Any]:
    """The google.rpc.Status of a refusal, in the request's encoding."""
    if as_json:
        assert answer.headers["content-type"] == "application/json"
        body = json.loads(answer.content)
        return {"code": body["code"], "message": body["message"]}
    assert answer.headers["content-type"] == "application/x-protobuf"
    status = Status.FromString(answer.content)
    return {"code": status.code, "message": status.message}


async def test_garbage_is_invalid_argument_and_the_next_request_works(
    listen: Listen, sink: RecordingConsumer, spans: Spans
) -> None:
    port = (await listen()).ports["http"]
    answer = await post(port, GARBAGE)
    assert (answer.status_code, refused(answer)["code"]) == (400, 3)
    answer = await post(port, b'{"resourceSpans": 1}', content_type="application/json")
    assert (answer.status_code, refused(answer, as_json=True)["code"]) == (400, 3)
    assert (await post(port, spans())).status_code == 200
    assert sink.items == 1


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"content_type": "text/plain"}, b"", 415),
        ({"content_encoding": "br"}, b"", 400),
        ({"content_encoding": "gzip"}, b"no gzip", 400),
        ({"content_encoding": "gzip"}, gzip.compress(b"cut")[:-4], 400),
        ({"content_encoding": "gzip, zstd"}, b"", 400),
        ({"content_encoding": "snappy"}, b"no snappy", 400),
        ({"content_encoding": "lz4"}, b"no lz4", 400),
        ({"content_encoding": "zstd"}, zstandard.compress(b"cut")[:-1], 400),
    ],
)
async def test_what_cannot_be_read_is_reported_by_its_status(
    listen: Listen, headers: dict[str, str], body: bytes, status: int
) -> None:
    port = (await listen()).ports["http"]
    answer = await post(port, body, **headers)
    assert answer.status_code == status
    assert refused(answer, as_json="content_type" in headers)["message"]


async def test_who_may_not_send_hears_how_it_could(listen: Listen, spans: Spans) -> None:
    """RFC 9110 section 15.5.2: a 401 has a WWW-Authenticate."""
    host = Extensions({"bearertokenauth": extension(token="secret")})
    port = (await listen(http={"auth": {"authenticator": "bearertokenauth"}}, host=host)).ports["http"]
    answer = await post(port, spans())
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer realm="otelrum"')
    assert (await post(port, spans(), authorization="bearer secret")).status_code == 200


async def test_other_methods_and_paths_are_405_and_404(listen: Listen) -> None:
    port = (await listen()).ports["http"]
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"http://127.0.0.1:{port}/v1/traces")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert (await post(port, b"", "/v1/elsewhere")).status_code == 404


async def test_a_body_over_the_limit_is_413_as_sent_and_as_decompressed(
    listen: Listen, sink: RecordingConsumer
) -> None:
    port = (await listen(http={"max_request_body_size": 1000})).ports["http"]
    for body, encoding in (
        (bytes(1001), "identity"),
        (gzip.compress(bytes(1001)), "gzip"),
        (zstandard.compress(bytes(1001)), "zstd"),
    ):
        answer = await post(port, body, content_encoding=encoding)
        assert (answer.status_code, refused(answer)["code"]) == (413, 8)
    assert sink.batches == []


async def test_a_body_without_a_length_is_limited_while_it_comes(listen: Listen) -> None:
    port = (await listen(http={"max_request_body_size": 1000})).ports["http"]

    async def chunks() -> Any:
        for _ in range(20):
            yield bytes(100)

    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(f"http://127.0.0.1:{port}/v1/traces", content=chunks(), headers=PROTOBUF)
    assert answer.status_code == 413


async def test_overload_is_503_with_retry_after_and_retry_info(listen: Listen, spans: Spans) -> None:
    busy = FailingConsumer(RetryableError("busy", delay_s=2.5))
    port = (await listen(consumer=busy)).ports["http"]
    answer = await post(port, spans())
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "3")
    (detail,) = Status.FromString(answer.content).details
    info = RetryInfo()
    assert detail.Unpack(info)
    assert info.retry_delay.ToMilliseconds() == 2500
    busy.error = None
    assert (await post(port, spans())).status_code == 200


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (PermanentError("bad data", invalid=True), 400),
        (PermanentError("no"), 500),
        (ZeroDivisionError("internals"), 503),
    ],
)
async def test_each_failure_of_a_pipeline_has_its_status(
    listen: Listen, spans: Spans, error: Exception, status: int
) -> None:
    telemetry = Telemetry()
    port = (await listen(consumer=FailingConsumer(error), telemetry=telemetry)).ports["http"]
    answer = await post(port, spans(3))
    assert answer.status_code == status
    assert "internals" not in answer.text
    assert ("retry-after" in answer.headers) == (status == 503)
    labels = (("receiver", "otlp"), ("transport", "http"))
    counted = telemetry.snapshot()
    assert counted["otelcol_receiver_refused_spans", labels] == 3
    assert counted["otelcol_receiver_accepted_spans", labels] == 0


async def test_the_pipeline_learns_who_sent_a_request(listen: Listen, sink: RecordingConsumer, spans: Spans) -> None:
    port = (await listen()).ports["http"]
    await post(port, spans(), origin="https://shop.example", x_forwarded_for="203.0.113.7", x_other="1")
    client = sink.batches[0].client
    assert client.address == "127.0.0.1"
    assert set(client.headers) == {"user-agent", "origin", "x-forwarded-for"}
    assert client.headers["x-forwarded-for"] == "203.0.113.7"


async def test_all_headers_travel_with_include_metadata(listen: Listen, sink: RecordingConsumer, spans: Spans) -> None:
    port = (await listen(http={"include_metadata": True})).ports["http"]
    await post(port, spans(), X_Other="1")
    assert sink.batches[0].client.headers["x-other"] == "1"


async def test_paths_can_be_set_and_need_no_slash(listen: Listen, sink: RecordingConsumer, spans: Spans) -> None:
    port = (await listen(http={"traces_url_path": "rum"})).ports["http"]
    assert (await post(port, spans(), "/rum")).status_code == 200
    assert (await post(port, spans(), "/v1/traces")).status_code == 404
