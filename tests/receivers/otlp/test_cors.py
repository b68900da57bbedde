"""The headers that a browser needs, so that a page of another origin may send."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from otelrum.collector.errors import RetryableError
from otelrum.otlp.batch import Signal
from otelrum.otlp.json import to_json
from otelrum.testing import FailingConsumer, RecordingConsumer
from tests.conftest import Listen

pytestmark = pytest.mark.anyio

SHOP = "https://shop.example"
CORS = {"cors": {"allowed_origins": ["https://*.example", SHOP], "allowed_headers": ["X-Key"], "max_age": 600}}

Spans = Callable[..., bytes]


async def ask(port: int, method: str, body: bytes = b"", **headers: str) -> httpx.Response:
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.request(method, f"http://127.0.0.1:{port}/v1/traces", content=body, headers=named)


async def preflight(port: int, origin: str = SHOP, headers: str = "content-type") -> httpx.Response:
    return await ask(
        port,
        "OPTIONS",
        origin=origin,
        access_control_request_method="POST",
        access_control_request_headers=headers,
    )


async def test_the_official_exporter_asks_first_and_then_sends_json(
    listen: Listen, sink: RecordingConsumer, spans: Spans
) -> None:
    port = (await listen(http=CORS)).ports["http"]
    answer = await preflight(port)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == SHOP
    assert answer.headers["access-control-allow-methods"] == "POST"
    assert answer.headers["access-control-allow-headers"] == "content-type"
    assert answer.headers["access-control-max-age"] == "600"
    body = to_json(Signal.TRACES, spans()).encode()
    answer = await ask(port, "POST", body, origin=SHOP, content_type="application/json")
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == SHOP
    assert sink.items == 1


async def test_send_beacon_sends_credentials_so_the_exact_origin_is_echoed(listen: Listen) -> None:
    port = (await listen(http={"cors": {"allowed_origins": ["*"]}})).ports["http"]
    answer = await preflight(port)
    assert answer.headers["access-control-allow-origin"] == SHOP
    assert answer.headers["access-control-allow-credentials"] == "true"


async def test_errors_carry_the_headers_too_and_retry_after_can_be_read(listen: Listen, spans: Spans) -> None:
    port = (await listen(http=CORS, consumer=FailingConsumer(RetryableError("busy")))).ports["http"]
    answer = await ask(port, "POST", spans(), origin=SHOP, content_type="application/x-protobuf")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert answer.headers["access-control-allow-origin"] == SHOP
    assert answer.headers["access-control-expose-headers"] == "Retry-After"
    answer = await ask(port, "POST", b"", origin=SHOP, content_type="text/plain")
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (415, SHOP)


async def test_what_a_page_may_read_of_an_answer_is_a_setting(listen: Listen, spans: Spans) -> None:
    cors = {"cors": {**CORS["cors"], "exposed_headers": ["X-Trace", "Date"]}}
    port = (await listen(http=cors)).ports["http"]
    answer = await ask(port, "POST", spans(), origin=SHOP, content_type="application/x-protobuf")
    assert answer.headers["access-control-expose-headers"] == "X-Trace, Date"


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("https://a.example", True),
        ("https://a.b.example", True),
        ("https://shop.example.evil", False),
        ("http://shop.example", False),
        ("null", False),
    ],
)
async def test_an_origin_matches_as_a_whole(listen: Listen, origin: str, allowed: bool) -> None:
    port = (await listen(http=CORS)).ports["http"]
    answer = await preflight(port, origin)
    assert ("access-control-allow-origin" in answer.headers) == allowed


async def test_a_refused_origin_is_processed_all_the_same(
    listen: Listen, sink: RecordingConsumer, spans: Spans
) -> None:
    port = (await listen(http=CORS)).ports["http"]
    answer = await ask(port, "POST", spans(), origin="https://evil", content_type="application/x-protobuf")
    assert (answer.status_code, sink.items) == (200, 1)
    assert "access-control-allow-origin" not in answer.headers
    assert answer.headers["vary"] == "origin"


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [("content-type,x-key", True), ("Content-Encoding, X-Requested-With", True), ("x-unknown", False)],
)
async def test_only_named_headers_are_allowed(listen: Listen, headers: str, allowed: bool) -> None:
    port = (await listen(http=CORS)).ports["http"]
    answer = await preflight(port, headers=headers)
    assert ("access-control-allow-origin" in answer.headers) == allowed


async def test_a_star_allows_any_header(listen: Listen) -> None:
    cors = {"cors": {"allowed_origins": [SHOP], "allowed_headers": ["*"]}}
    answer = await preflight((await listen(http=cors)).ports["http"], headers="x-unknown")
    assert answer.headers["access-control-allow-headers"] == "x-unknown"


async def test_without_cors_a_preflight_is_a_wrong_method(listen: Listen) -> None:
    answer = await preflight((await listen()).ports["http"])
    assert answer.status_code == 405
    assert "access-control-allow-origin" not in answer.headers
