"""Ways to write a journal, side by side (docs/decisions/0004).

    python -m tests.bench.rows [--spans 60000] [--a-request 5,20]

The same spans are written, made safe, and expired again by several callers at once. CPU is that of the whole
process, bytes are what it handed to the disk.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import logging
import os
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from otelrum.collector.clock import SystemClock
from otelrum.extensions.file_storage.database import Database
from otelrum.extensions.file_storage.rows import FileRows

SPAN_BYTES = 500
"""Of a recorded span, about."""

CALLERS = 16
TICK_SPANS = 800
"""200 ms at 4,000 spans a second."""

HELD_SPANS = 64_000
"""16 s of them."""

Keep = Callable[[int], Awaitable[list[int]]]


def rows(folder: Path) -> FileRows:
    clock = SystemClock()
    return FileRows(Database(folder / "rows.db", True, clock), 1 << 34, clock, logging.getLogger(__name__))


async def written(requests: int, spans: int, keep: Keep, drop: Callable[[list[int]], None]) -> None:
    """All requests by some callers; what is older than a hold is expired, a tick's worth at a time."""
    steps, kept = itertools.count(), []

    async def caller() -> None:
        while next(steps) < requests:
            kept.extend(await keep(spans))
            if len(kept) > 2 * TICK_SPANS:
                gone, kept[:] = kept[:TICK_SPANS], kept[TICK_SPANS:]
                drop(gone)

    await asyncio.gather(*(caller() for _ in range(CALLERS)))


async def row_a_request(folder: Path, requests: int, spans: int) -> None:
    own = rows(folder)

    async def keep(count: int) -> list[int]:
        return [await own.put(1, os.urandom(SPAN_BYTES * count))]

    await written(requests, spans, keep, own.remove)
    await own.close()


async def row_a_span(folder: Path, requests: int, spans: int) -> None:
    own = rows(folder)

    async def keep(count: int) -> list[int]:
        return list(await asyncio.gather(*(own.put(1, os.urandom(SPAN_BYTES)) for _ in range(count))))

    await written(requests, spans, keep, own.remove)
    await own.close()


async def commit_a_request(folder: Path, requests: int, spans: int) -> None:
    own, step = rows(folder), asyncio.Lock()

    async def keep(count: int) -> list[int]:
        async with step:
            return [await own.put(1, os.urandom(SPAN_BYTES * count))]

    await written(requests, spans, keep, own.remove)
    await own.close()


async def snapshot_a_tick(folder: Path, requests: int, spans: int) -> None:
    """All that is held, each 200 ms; who came in between waits for it."""
    own, last = rows(folder), 0
    held = os.urandom(SPAN_BYTES * HELD_SPANS)
    for _ in range(max(1, requests * spans // TICK_SPANS)):
        id = await own.put(1, os.urandom(SPAN_BYTES * TICK_SPANS) + held)
        own.remove([last])
        last = id
    await own.close()


async def plain_file(folder: Path, requests: int, spans: int) -> None:
    """The floor: appended to a file, one sync for all who wait, nothing to find again by."""
    file = os.open(folder / "log", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    loop, waiting = asyncio.get_running_loop(), list[tuple[bytes, asyncio.Future[None]]]()
    writing: asyncio.Task[None] | None = None

    def sync(data: bytes) -> None:
        os.write(file, data)
        os.fdatasync(file)

    async def write() -> None:
        nonlocal writing
        while waiting:
            some = waiting[:]
            waiting.clear()
            await loop.run_in_executor(None, sync, b"".join(data for data, _ in some))
            for _, answer in some:
                answer.set_result(None)
        writing = None

    async def keep(count: int) -> list[int]:
        nonlocal writing
        answer: asyncio.Future[None] = loop.create_future()
        waiting.append((os.urandom(SPAN_BYTES * count), answer))
        writing = writing or asyncio.create_task(write())
        await answer
        return []

    await written(requests, spans, keep, lambda ids: None)
    os.close(file)


WAYS = (row_a_request, row_a_span, commit_a_request, snapshot_a_tick, plain_file)


def disk_bytes() -> int:
    return int(Path("/proc/self/io").read_text().split("wchar: ")[1].split()[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spans", type=int, default=60_000)
    parser.add_argument("--a-request", default="5,20")
    asked = parser.parse_args()
    for spans, way in itertools.product(map(int, asked.a_request.split(",")), WAYS):
        with tempfile.TemporaryDirectory() as folder:
            begin, cpu_s, wrote = time.monotonic(), time.process_time(), disk_bytes()
            asyncio.run(way(Path(folder), asked.spans // spans, spans))
            took_s, cpu_s = time.monotonic() - begin, time.process_time() - cpu_s
            times = (disk_bytes() - wrote) / (asked.spans * SPAN_BYTES)
        name = way.__name__.replace("_", " ")
        each = f"{cpu_s / asked.spans * 1e6:.1f} us of CPU, {times:.1f} bytes written for each byte"
        print(f"{spans} spans a request, {name}: {each}, {took_s:.1f} s in all", flush=True)


if __name__ == "__main__":
    main()
