"""The live page as a browser, a stranger and a crowd meet it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from otelrum.collector.component import Build
from otelrum.collector.feed import Finished, Lacks, Missed, Pending, RefusedOrigin
from otelrum.extensions.live_view.audience import QUEUE
from otelrum.extensions.live_view.config import LiveViewConfig
from otelrum.extensions.live_view.extension import UNWATCHED_A_SECOND, WATCHED_A_SECOND, LiveView, is_local
from otelrum.otlp.batch import Batch, Signal
from otelrum.testing import Extensions, ManualClock, build
from tests.conftest import span_request

pytestmark = pytest.mark.anyio

MARKUP = "</script><img src=x onerror=alert(1)>\u2028"


class Live:
    """A running page, and the feed that it listens to."""

    def __init__(self, page: LiveView, made: Build, clock: ManualClock) -> None:
        self.page = page
        self.publish = made.feed.publish
        self.feed = made.feed
        self.clock = clock
        self.client = httpx.AsyncClient(base_url=f"http://127.0.0.1:{page.port}", timeout=10)

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.client.get(path, headers=headers)

    async def events(self, until: str = "ready") -> list[tuple[str, Any]]:
        """The events for a page that opens now, up to an event of this name."""
        found: list[tuple[str, Any]] = []
        async with self.client.stream("GET", "/events") as answer:
            async for line in answer.aiter_lines():
                field, _, value = line.partition(": ")
                if field == "event":
                    found.append((value, None))
                elif field == "data":
                    found[-1] = (found[-1][0], json.loads(value))
                    if found[-1][0] == until:
                        return found
        return found


@asynccontextmanager
async def running(**config: Any) -> AsyncIterator[Live]:
    clock = ManualClock()
    made = build("live_view", clock)
    page = LiveView(LiveViewConfig.model_validate({"endpoint": "127.0.0.1:0", **config}), made)
    await page.start(Extensions())
    live = Live(page, made, clock)
    try:
        yield live
    finally:
        await live.client.aclose()
        await page.shutdown(0)


def finished(id: str = "a", size: int = 0, **summary: Any) -> Finished:
    reported = {"id": id, "name": "Click on Pay", "frustration": [], **summary}
    data = span_request(1, text="x" * size)
    return Finished(id, reported, {**reported, "lines": []}, [Batch(Signal.TRACES, data)])


async def until(holds: Callable[[], bool]) -> None:
    """Other tasks have their turn until this holds."""
    for _ in range(1000):
        if holds():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it never came about")


# ---------------------------------------------------------------------- what is shown
async def test_a_page_that_opens_gets_what_there_was_in_its_order() -> None:
    async with running(trace_url="https://b/{trace_id}") as live:
        live.publish(finished("a"))
        live.publish(finished("b"))
        live.publish(Lacks("rum_action", [{"key": "session"}]))
        live.publish(RefusedOrigin("https://shop"))
        reported = await live.events()
    assert [name for name, _ in reported] == ["hello", "action", "action", "lacks", "refused", "ready"]
    assert reported[0][1] == {"trace_url": "https://b/{trace_id}"}
    assert [data["id"] for name, data in reported if name == "action"] == ["a", "b"]


async def test_what_comes_is_sent_at_once() -> None:
    async with running() as live:
        watching = asyncio.create_task(live.events(until="missed"))
        await until(lambda: live.feed.actions_a_second == WATCHED_A_SECOND)
        live.publish(finished("new"))
        live.publish(Missed(3))
        reported = await watching
    assert reported[-2] == ("action", finished("new").summary)
    assert reported[-1] == ("missed", {"count": 3})


async def test_who_opens_the_page_later_sees_how_long_pending_actions_wait_from_then() -> None:
    async with running() as live:
        live.publish(Pending("rum_action", [{"name": "Pay", "due_ms": 16000.0, "wait_ms": 16000.0}]))
        await live.clock.advance(6)
        reported = dict(await live.events())
    assert reported["pending"]["actions"] == [{"name": "Pay", "due_ms": 10000.0, "wait_ms": 16000.0}]


async def test_an_action_is_given_as_json_and_as_the_otlp_that_it_came_as() -> None:
    async with running() as live:
        live.publish(finished("a"))
        assert (await live.get("/actions/a")).json()["lines"] == []
        otlp = await live.get("/actions/a/otlp")
        assert "resourceSpans" in json.loads(otlp.text)
        assert otlp.headers["content-disposition"] == 'attachment; filename="action-a.jsonl"'
        assert (await live.get("/actions/b")).status_code == 404


async def test_the_oldest_actions_go_where_there_is_no_room() -> None:
    async with running(max_mib=1) as live:
        for n in range(20):
            live.publish(finished(str(n), size=100_000))
        kept = [data["id"] for name, data in await live.events() if name == "action"]
    assert kept == [str(n) for n in range(20 - len(kept), 20)]
    assert 8 <= len(kept) <= 10


async def test_an_action_that_is_larger_than_all_room_is_not_kept() -> None:
    async with running(max_mib=1) as live:
        live.publish(finished("huge", size=2 << 20))
        live.publish(finished("small"))
        assert [data["id"] for name, data in await live.events() if name == "action"] == ["small"]


# ---------------------------------------------------------------------- strangers
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


@pytest.mark.parametrize(
    ("endpoint", "local"),
    [
        ("localhost:1", True),
        ("127.0.0.1:1", True),
        ("127.8.0.1:1", True),
        ("[::1]:1", True),
        ("0.0.0.0:1", False),
        (":4390", False),
        ("10.0.0.1:1", False),
        ("rum.example:1", False),
    ],
)
def test_what_others_can_reach_has_a_token(endpoint: str, local: bool) -> None:
    assert is_local(endpoint) == local


async def test_the_log_says_the_token_that_was_made(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        async with running(endpoint="0.0.0.0:0") as live:
            assert (await live.get("/")).status_code == 401
            (line,) = [line for line in caplog.messages if "live page on" in line]
            assert (await live.get("/?token=" + line.partition("?token=")[2])).status_code == 303


# ---------------------------------------------------------------------- a crowd
async def test_who_does_not_read_costs_a_short_queue_and_others_are_served() -> None:
    async with running() as live:
        deaf = [(await asyncio.open_connection("127.0.0.1", live.page.port))[1] for _ in range(200)]
        for one in deaf:
            one.write(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await until(lambda: len(live.page._audience) == 200)
        watching = asyncio.create_task(live.events(until="missed"))
        await until(lambda: len(live.page._audience) == 201)
        for n in range(4 * QUEUE):
            live.publish(finished("same", text="x" * 5000))
            if n % 100 == 0:
                await asyncio.sleep(0)
        live.publish(Missed(1))
        reported = await asyncio.wait_for(watching, 30)
        assert reported[-1][0] == "missed"
        queues = [len(watcher._queue) for watcher in live.page._audience._watchers]
        assert max(queues) <= QUEUE
        assert (await live.get("/")).status_code == 200
        for one in deaf:
            one.close()
        await until(lambda: len(live.page._audience) == 0)


async def test_fewer_actions_are_asked_for_when_nobody_looks() -> None:
    async with running() as live:
        assert live.feed.actions_a_second == UNWATCHED_A_SECOND


async def test_where_the_port_is_taken_it_says_so_and_nobody_listens(caplog: pytest.LogCaptureFixture) -> None:
    async with running() as first:
        async with running(endpoint=f"127.0.0.1:{first.page.port}") as second:
            assert not second.feed.is_heard
        assert any("no live page" in line for line in caplog.messages)


async def test_a_page_that_has_ended_hears_nothing_more() -> None:
    async with running() as live:
        assert live.feed.is_heard
    assert not live.feed.is_heard
