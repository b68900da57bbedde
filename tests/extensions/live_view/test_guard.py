"""Who may look, and what a page may do there: hosts, tokens, methods, markup."""

from __future__ import annotations

import pytest

from tests.extensions.live_view.live import finished, running

pytestmark = pytest.mark.anyio


MARKUP = "</script><img src=x onerror=alert(1)>\u2028"


async def test_nothing_of_a_page_is_markup_and_nothing_inline_may_run() -> None:
    async with running() as live:
        live.publish(finished("a", name=MARKUP))
        page, detail = await live.get("/"), await live.get("/actions/a")
        assert "<" not in detail.text and detail.json()["name"] == MARKUP
        assert all("<" not in line for line in (await live.client.get("/actions/a")).text)
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "script-src 'self'" in policy
    assert "<script>" not in page.text and " style=" not in page.text and " onclick" not in page.text
    assert page.headers["x-content-type-options"] == "nosniff"
    assert "access-control-allow-origin" not in page.headers


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:4390", "localhost.evil.example", "", "127.0.0.1.nip.io"]
)
async def test_a_foreign_host_is_refused(host: str) -> None:
    async with running() as live:
        for path in ("/", "/events", "/actions/a"):
            assert (await live.get(path, host=host)).status_code == 403


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:4390", "127.0.0.1:1", "[::1]:4390", "LOCALHOST", "rum.example"]
)
async def test_addresses_and_known_names_are_no_foreign_hosts(host: str) -> None:
    async with running(allowed_hosts=["rum.example"]) as live:
        assert (await live.get("/", host=host)).status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
async def test_there_is_nothing_to_change(method: str) -> None:
    async with running() as live:
        assert (await live.client.request(method, "/")).status_code == 405


async def test_with_a_token_only_those_are_let_in_who_show_it() -> None:
    async with running(token="secret") as live:
        assert (await live.get("/")).status_code == 401
        assert (await live.get("/events")).status_code == 401
        assert (await live.get("/?token=wrong")).status_code == 401
        assert (await live.get("/", authorization="Bearer secret")).status_code == 200
        opened = await live.get("/?token=secret&view=names")
        assert (opened.status_code, opened.headers["location"]) == (303, "/?view=names")
        assert "HttpOnly" in opened.headers["set-cookie"] and "samesite=strict" in opened.headers["set-cookie"].lower()
        live.client.cookies = opened.cookies
        assert (await live.get("/")).status_code == 200


async def test_a_redirect_never_leads_elsewhere() -> None:
    async with running(token="secret") as live:
        opened = await live.get("//evil.example/?token=secret")
        assert opened.headers.get("location", "/").startswith("/") and not opened.headers["location"].startswith("//")
