"""What the live page costs where 10,000 actions are decided a second: nobody looks, nobody but the page, somebody.

    python -m tests.bench.live [--seconds 20] [--actions 10000]

The actions are clicks with two requests, of as many sessions; they go through `rum_action` with a clock that the
bench moves, so the CPU of each action is known without what sends and takes. The turns alternate, and each is held
against the one without a listener in the same round.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvloop

from otelrum.collector.component import Build, PipelineId
from otelrum.extensions.live_view.config import LiveViewConfig
from otelrum.extensions.live_view.extension import LiveView
from otelrum.otlp import fields
from otelrum.otlp.batch import Batch, Signal
from otelrum.processors import rum_action
from otelrum.testing import Extensions, ManualClock, build
from tests.bench.connector import Nowhere
from tests.processors.rum_action.pages_of_spans import PageItem, request

ROUNDS = 3
TICK_S = 0.2
WAIT_S = 16


def requests_of(second: int, actions: int) -> list[bytes]:
    """What comes in one second: each session clicks once, in requests of 100 sessions."""
    first_id, start_ms = second * actions * 3, second * 1000
    out = []
    for begin in range(0, actions, 100):
        items = []
        for n in range(begin, min(begin + 100, actions)):
            session, id = f"s{n}", first_id + 3 * n
            items.append(PageItem("click", start_ms, session=session, id=id))
            items += [PageItem("request", start_ms + 5 + k, 50, session=session, id=id + 1 + k) for k in range(2)]
        out.append(request(items))
    return out


@asynccontextmanager
async def live_page(made: Build, is_seen: bool) -> AsyncIterator[None]:
    """The page on a free port; `is_seen`: a reader takes all of its events."""
    page = LiveView(LiveViewConfig.model_validate({"endpoint": "127.0.0.1:0"}), made)
    await page.start(Extensions())
    reading = asyncio.create_task(read_all(page.port)) if is_seen else None
    try:
        while is_seen and made.feed.actions_a_second <= 1:
            await asyncio.sleep(0.05)
        yield
    finally:
        if reading is not None:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
        await page.shutdown(0)


async def read_all(port: int) -> None:
    """Read the page's events as fast as they come, until cancelled."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    try:
        while await reader.read(1 << 16):
            pass
    finally:
        writer.close()
        await writer.wait_closed()


async def cost_us(seconds: list[list[bytes]], viewing: str) -> float:
    """CPU of each action, from its first byte until it has left."""
    clock = ManualClock()
    made = build("rum_action", clock)
    processor = rum_action.FACTORY.create(rum_action.FACTORY.config.model_validate({"max_held_mib": 4096}), made)
    consumer = processor.connect(PipelineId(Signal.TRACES), Nowhere())  # type: ignore[attr-defined]
    await processor.start(Extensions())
    if viewing == "no page":
        used_s = await pushed(seconds, consumer, clock)
    else:
        async with live_page(made, is_seen=viewing == "seen"):
            used_s = await pushed(seconds, consumer, clock)
    await processor.shutdown(clock.now_ns() + 10**12)
    return used_s / sum(batch.count(b"event_type") for second in seconds for batch in second) * 1e6


async def pushed(seconds: list[list[bytes]], consumer: Nowhere, clock: ManualClock) -> float:
    """CPU seconds of this process; each request is a moment later than the one before."""
    began_s = time.process_time()
    for second in seconds:
        for data in second:
            await consumer.consume(Batch(Signal.TRACES, data))
            await clock.advance(1 / len(second))
    for _ in range(round(2 * WAIT_S / TICK_S)):
        await clock.advance(TICK_S)
    return time.process_time() - began_s


async def measured(seconds: int, actions: int) -> None:
    sent = [requests_of(second, actions) for second in range(seconds)]
    shape = "interpreted" if fields.__file__.endswith(".py") else "compiled"
    print(f"{seconds * actions} actions of three spans, {actions} a second, {shape}", flush=True)
    rounds = [{name: await cost_us(sent, name) for name in ("no page", "unseen", "seen")} for _ in range(ROUNDS)]
    for name in ("no page", "unseen", "seen"):
        cost, ratio = (statistics.median(values) for values in (
            [one[name] for one in rounds], [one[name] / one["no page"] for one in rounds],
        ))  # fmt: skip
        print(f"{name}: {cost:.1f} us an action, {ratio:.3f} times that without a page", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--actions", type=int, default=10_000)
    asked = parser.parse_args()
    uvloop.run(measured(asked.seconds, asked.actions))


if __name__ == "__main__":
    main()
