"""An exporter that faces a backend."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from otelrum.exporters.otlp_http import FACTORY
from tests.exporters.backends import HttpBackend, Reply, http_backend
from tests.exporters.driving import Exporting, exporting, until

EXACT = {"initial_interval": "5s", "randomization_factor": 0.0}


@asynccontextmanager
async def facing(*answers: Reply, **more: Any) -> AsyncIterator[tuple[HttpBackend, Exporting]]:
    """A backend that answers so, and an exporter that sends to it, with waits that a test knows."""
    settings = {"retry_on_failure": EXACT, **more}
    async with http_backend(*answers) as backend, exporting(FACTORY, endpoint=backend.endpoint, **settings) as running:
        yield backend, running


async def idle(running: Exporting, backend: HttpBackend, requests: int) -> None:
    """Wait until so many requests were answered."""
    await until(lambda: len(backend.got) == requests and not running.count("otelcol_exporter_in_flight_requests"))


async def until_sent_again(running: Exporting, backend: HttpBackend, requests: int) -> float:
    """Move the clock on until so many requests have come; how many seconds that was."""
    began_ns = running.clock.now_ns()
    while len(backend.got) < requests:
        await running.clock.advance(1)
        for _ in range(2000):
            await asyncio.sleep(0)
    return (running.clock.now_ns() - began_ns) / 1e9
