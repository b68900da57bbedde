"""What open pages and held spans cost: time, memory, pauses. The processor itself, its clock set by hand.

    python -m tests.bench.state [--pages 1000,10000,100000] [--hours 24]

Prints: CPU a span beside so many open pages, and at a steady pace; memory of pages and held spans beside their
bytes; bytes out for each byte in or added; the longest pause while a page of 10,000 events is decided; memory, hour
by hour, of a day.
"""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import gc
import multiprocessing
import os
import random
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

from otelrum.collector.component import PipelineId
from otelrum.otlp.batch import Batch, Client, Signal
from otelrum.processors.rum_action.config import RumActionConfig
from otelrum.processors.rum_action.processor import RumAction
from otelrum.testing import Extensions, ManualClock, build
from tests.bench.load import BASE_NS, SPANS_AN_ACTION, requests, written
from tests.bench.shapes import MS, action

WAIT_S = 16.0
TICK_S = 0.2
PACE = 15_000
"""Spans a second: what a gateway may take for hours."""
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")

T = TypeVar("T")


class Counting:
    """Where everything goes."""

    def __init__(self) -> None:
        self.spans = self.bytes = 0

    async def consume(self, batch: Batch) -> None:
        self.spans += batch.items
        self.bytes += len(batch.data)


class Life:
    """A `rum_action` in a pipeline of its own."""

    def __init__(self) -> None:
        self.clock, self.out = ManualClock(), Counting()
        self._processor = RumAction(RumActionConfig(), build("rum_action", self.clock))
        self._input = self._processor.connect(PipelineId(Signal.TRACES), self.out)

    async def __aenter__(self) -> Life:
        await self._processor.start(Extensions())
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 100)  # as the service does
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._processor.shutdown(self.clock.now_ns() + 10**12)

    async def open(self, pages: int) -> None:
        """A first span of each page, a thousand in a second; then nothing of them is held or remembered."""
        for first in range(0, pages, 1000):
            await self.take(list(opened(first, min(pages, first + 1000))), 1)
        await self.clock.advance(3 * WAIT_S)

    async def take(self, bodies: list[bytes], seconds: float) -> None:
        """These requests, in so many seconds."""
        ticks = max(1, round(seconds / TICK_S))
        for tick in range(ticks):
            for body in bodies[tick::ticks]:
                await self._input.consume(Batch(Signal.TRACES, body, Client("127.0.0.1")))
            await self.clock.advance(TICK_S)


def memory_bytes() -> int:
    """What the process has in memory, after what was freed went back to the system."""
    gc.collect()
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_BYTES


def opened(first: int, end: int) -> Iterator[bytes]:
    """A first span of each of these pages, a hundred to a request."""
    for at in range(first, end, 100):
        yield written([action(f"s{n}", f"v{n}", BASE_NS)[:1] for n in range(at, min(end, at + 100))], True)


async def beside_pages(pages: int) -> str:
    """CPU a span of a load on so many pages, all open."""
    async with Life() as life:
        await life.open(pages)
        spans, took_s = 40_000, []
        for run in range(3):
            bodies = requests(spans // 100, 100, pages, seed=run)
            begin = time.process_time()
            await life.take(bodies, 20)
            await life.clock.advance(2 * WAIT_S)
            took_s.append(time.process_time() - begin)
        return f"{pages:,} open pages: {min(took_s) / spans * 1e6:.1f} us a span"


async def at_a_pace(pages: int) -> str:
    """CPU a span where 15,000 come each second, so that each is held among 16 s of others."""
    seconds, a_request = 24, 100
    bodies = requests(PACE * seconds // a_request, a_request, pages)
    async with Life() as life:
        begin = time.process_time()
        await life.take(bodies, seconds)
        await life.take([], 2 * WAIT_S)
        took_s = time.process_time() - begin
        return f"{pages:,} pages, {PACE:,} spans a second: {took_s / life.out.spans * 1e6:.1f} us a span"


async def held(pages: int, actions: int = 20_000) -> tuple[str, float]:
    """Memory of open pages and of what is held on them, beside the bytes that came; also as bytes."""
    async with Life() as life:
        bodies = requests(actions // 10, 10 * SPANS_AN_ACTION, pages)
        spans, raw = actions * SPANS_AN_ACTION, sum(map(len, bodies))
        before = memory_bytes()
        await life.open(pages)
        sent = life.out.bytes
        await life.take(bodies, 10)
        more = memory_bytes() - before - raw
        await life.clock.advance(3 * WAIT_S)
        out = f"{(life.out.bytes - sent) / raw:.2f} bytes out for each byte in, attributes added included"
        text = f"{pages:,} open pages, {spans:,} held spans of {raw / spans:.0f} bytes: {more / (1 << 20):.0f} MiB"
        return f"{text} beside these; {out}", more


def one_page(events: int, clicks: int, seconds: float) -> list[bytes]:
    """A busy page."""
    chance, groups = random.Random(1), []
    for n in range(events // SPANS_AN_ACTION):
        spans = action("busy", "v", BASE_NS + round(chance.random() * seconds * 1000) * MS)
        groups.append(spans if n < clicks else spans[1:])
    return [written(groups[first : first + 20], True) for first in range(0, len(groups), 20)]


async def a_busy_page() -> str:
    """The longest time for which nothing else has its turn while a page of 10,000 events is decided."""
    async with Life() as life:
        await life.take(one_page(10_000, 300, 10), 10)
        pauses: list[float] = []

        async def watch() -> None:
            last = time.perf_counter()
            while True:
                await asyncio.sleep(0)
                now = time.perf_counter()
                pauses.append((now - last) * 1000)
                last = now

        watching = asyncio.create_task(watch())
        begin = time.process_time()
        await life.clock.advance(3 * WAIT_S)
        took_s = time.process_time() - begin
        watching.cancel()
        return f"a page of 10,000 events and 300 clicks: decided in {took_s:.2f} s, longest pause {max(pauses):.1f} ms"


async def a_day(hours: int, pages_a_minute: int = 30) -> str:
    """Memory after each hour of new pages that each act three times."""
    seen = []
    async with Life() as life:
        for hour in range(hours):
            for minute in range(60):
                names = [f"{hour}.{minute}.{n}" for n in range(pages_a_minute)]
                t0_ns = BASE_NS + (hour * 60 + minute) * 60_000 * MS
                groups = [action(name, name, t0_ns + 5_000 * MS * act) for name in names for act in range(3)]
                await life.take([written([group], True) for group in groups], 20)
                await life.clock.advance(40)
            seen.append(memory_bytes() / (1 << 20))
        spans = life.out.spans
    text = ", ".join(f"{mib:.0f}" for mib in seen)
    return f"{hours} hours, {spans:,} spans of {hours * 60 * pages_a_minute:,} pages: MiB after each hour: {text}"


def separately(work: Callable[..., Coroutine[Any, Any, T]], *arguments: int) -> T:
    """In a process of its own, so that no memory of one is another's."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        found: T = pool.apply(_ran, (work, arguments))
        return found


def _ran(work: Callable[..., Coroutine[Any, Any, T]], arguments: tuple[int, ...]) -> T:
    return asyncio.run(work(*arguments))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", default="1000,10000,100000")
    parser.add_argument("--hours", type=int, default=24)
    asked = parser.parse_args()
    pages = [int(number) for number in asked.pages.split(",")]
    for number in pages:
        print(separately(beside_pages, number), flush=True)
    for number in pages[:2]:
        print(separately(at_a_pace, number), flush=True)
    memory = []
    for number in pages:
        text, more = separately(held, number)
        memory.append(more)
        print(text, flush=True)
    for at in range(1, len(pages)):
        a_page = (memory[at] - memory[at - 1]) / (pages[at] - pages[at - 1])
        print(f"a page more beside {pages[at - 1]:,}: {a_page:.0f} bytes", flush=True)
    print(separately(a_busy_page))
    print(separately(a_day, asked.hours))


if __name__ == "__main__":
    main()
