"""Each open page has a short queue: who does not read costs nobody anything."""

from __future__ import annotations

import asyncio

import pytest

from otelrum.collector.feed import Missed
from otelrum.extensions.live_view.audience import QUEUE
from otelrum.extensions.live_view.extension import UNWATCHED_A_SECOND
from tests.extensions.live_view.live import finished, running, until

pytestmark = pytest.mark.anyio


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
        events = await asyncio.wait_for(watching, 30)
        assert events[-1][0] == "missed"
        queues = [len(watcher._queue) for watcher in live.page._audience._watchers]
        assert max(queues) <= QUEUE
        assert (await live.get("/")).status_code == 200
        for one in deaf:
            one.close()
        await until(lambda: len(live.page._audience) == 0)


async def test_fewer_actions_are_asked_for_when_nobody_looks() -> None:
    async with running() as live:
        assert live.feed.actions_a_second == UNWATCHED_A_SECOND
