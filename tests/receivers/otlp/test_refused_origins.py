"""A page that may not send is seen by the operator too, once an origin, and counted."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from otelrum.collector.telemetry import Telemetry
from otelrum.receivers.otlp.refused_origins import MAX_NAMED, RefusedOrigins
from otelrum.testing import ManualClock, build
from tests.conftest import Listen

pytestmark = pytest.mark.anyio

SHOP, EVIL = "https://shop.example", "https://evil.example"
REFUSED = ("otelrum_receiver_refused_origins", (("receiver", "otlp"),))


async def ask(port: int, method: str, origin: str) -> None:
    headers = {"origin": origin, "content-type": "application/json"}
    if method == "OPTIONS":
        headers["access-control-request-method"] = "POST"
    async with httpx.AsyncClient(trust_env=False) as client:
        await client.request(method, f"http://127.0.0.1:{port}/v1/traces", content=b"{}", headers=headers)


async def warnings_after(listen: Listen, caplog: pytest.LogCaptureFixture, http: dict[str, Any], *asked: str) -> float:
    """The count after requests like `OPTIONS https://a`."""
    telemetry = Telemetry()
    port = (await listen(http=http, telemetry=telemetry)).ports["http"]
    for method, _, origin in (one.partition(" ") for one in asked):
        await ask(port, method, origin)
    return telemetry.snapshot()[REFUSED]


CORS = {"cors": {"allowed_origins": [SHOP]}}


async def test_each_request_is_counted_and_each_origin_reported_once(
    listen: Listen, caplog: pytest.LogCaptureFixture
) -> None:
    asked = [f"OPTIONS {EVIL}", f"OPTIONS {EVIL}", f"POST {EVIL}", "OPTIONS null"]
    assert await warnings_after(listen, caplog, CORS, *asked) == 4
    reason = "cannot send: protocols::http::cors::allowed_origins does not name them"
    assert [line for line in caplog.messages if "cannot" in line] == [
        f"pages of '{EVIL}' {reason}",
        f"pages of 'null' {reason}",
    ]


async def test_an_origin_that_may_send_is_none_of_them(listen: Listen, caplog: pytest.LogCaptureFixture) -> None:
    assert await warnings_after(listen, caplog, CORS, f"OPTIONS {SHOP}", f"POST {SHOP}") == 0
    assert not [line for line in caplog.messages if "cannot" in line]


async def test_without_cors_a_page_of_the_same_origin_may_send_and_one_that_asks_first_may_not(
    listen: Listen, caplog: pytest.LogCaptureFixture
) -> None:
    assert await warnings_after(listen, caplog, {}, f"POST {SHOP}") == 0
    assert await warnings_after(listen, caplog, {}, f"OPTIONS {EVIL}") == 1


def test_made_up_origins_do_not_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    refused = RefusedOrigins(build("otlp", ManualClock()))
    for number in range(MAX_NAMED + 50):
        refused.note(b"https://%d.example/" % number + b"\xff\n" * 10_000)
    assert len(caplog.messages) == MAX_NAMED + 1
    assert max(map(len, caplog.messages)) < 1000 and "\n" not in caplog.messages[0]
