"""The live page as a browser, a stranger and a crowd meet it."""

from __future__ import annotations

import asyncio
import json

import pytest

from otelrum.collector.feed import Findings, Missed, Pending, RefusedOrigin
from otelrum.extensions.live_view.extension import WATCHED_A_SECOND, is_local
from tests.extensions.live_view.live import finished, running, until

pytestmark = pytest.mark.anyio


# ---------------------------------------------------------------------- what is shown
async def test_a_page_that_opens_gets_what_there_was_in_its_order() -> None:
    async with running(trace_url="https://b/{trace_id}") as live:
        live.publish(finished("a"))
        live.publish(finished("b"))
        live.publish(Findings("rum_action", [{"key": "session"}]))
        live.publish(RefusedOrigin("https://shop"))
        events = await live.events()
    assert [name for name, _ in events] == ["hello", "action", "action", "lacks", "refused", "ready"]
    assert events[0][1] == {"trace_url": "https://b/{trace_id}"}
    assert [data["id"] for name, data in events if name == "action"] == ["a", "b"]


async def test_what_comes_is_sent_at_once() -> None:
    async with running() as live:
        watching = asyncio.create_task(live.events(until="missed"))
        await until(lambda: live.feed.actions_a_second == WATCHED_A_SECOND)
        live.publish(finished("new"))
        live.publish(Missed(3))
        events = await watching
    assert events[-2] == ("action", finished("new").summary)
    assert events[-1] == ("missed", {"count": 3})


async def test_who_opens_the_page_later_sees_how_long_pending_actions_wait_from_then() -> None:
    async with running() as live:
        live.publish(Pending("rum_action", [{"name": "Pay", "due_ms": 16000.0, "wait_ms": 16000.0}]))
        await live.clock.advance(6)
        latest = dict(await live.events())
    assert latest["pending"]["actions"] == [{"name": "Pay", "due_ms": 10000.0, "wait_ms": 16000.0}]


async def test_an_action_is_given_as_json_and_as_the_otlp_that_it_came_as() -> None:
    async with running() as live:
        live.publish(finished("a"))
        assert (await live.get("/actions/a")).json()["lines"] == []
        otlp = await live.get("/actions/a/otlp")
        assert "resourceSpans" in json.loads(otlp.text)
        assert otlp.headers["content-disposition"] == 'attachment; filename="action-a.jsonl"'
        assert (await live.get("/actions/b")).status_code == 404


# ---------------------------------------------------------------------- strangers


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


async def test_where_the_port_is_taken_it_says_so_and_nobody_listens(caplog: pytest.LogCaptureFixture) -> None:
    async with running() as first:
        async with running(endpoint=f"127.0.0.1:{first.page.port}") as second:
            assert not second.feed.is_heard
        assert any("no live page" in line for line in caplog.messages)


async def test_a_page_that_has_ended_hears_nothing_more() -> None:
    async with running() as live:
        assert live.feed.is_heard
    assert not live.feed.is_heard
