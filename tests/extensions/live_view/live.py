"""A live page that runs, and those who look at it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx

from otelrum.collector.component import Build
from otelrum.collector.feed import Finished
from otelrum.extensions.live_view.config import LiveViewConfig
from otelrum.extensions.live_view.extension import LiveView
from otelrum.otlp.batch import Batch, Signal
from otelrum.testing import Extensions, ManualClock, build
from tests.conftest import span_request


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
    shown = {"id": id, "name": "Click on Pay", "frustration": [], **summary}
    data = span_request(1, text="x" * size)
    return Finished(id, shown, {**shown, "lines": []}, [Batch(Signal.TRACES, data)])


async def until(holds: Callable[[], bool]) -> None:
    """Other tasks have their turn until this holds."""
    for _ in range(1000):
        if holds():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it never came about")
