"""One request through a `rum_action` of its own, up to what comes out at the end."""

from __future__ import annotations

import asyncio
from functools import cache

from otelrum.collector.errors import OtelrumError
from otelrum.otlp.batch import Signal
from tests.processors.rum_action.in_process import MINUTE_NS, Run


@cache
def _runner() -> asyncio.Runner:
    return asyncio.Runner()


def through(signal: Signal, data: bytes) -> tuple[OtelrumError | None, list[bytes]]:
    """Why it was refused, or what came out after the drain."""
    return _runner().run(_through(signal, data))


async def _through(signal: Signal, data: bytes) -> tuple[OtelrumError | None, list[bytes]]:
    run = Run()
    refused = await run.take([(0.0, signal, data)])
    await run.processor.shutdown(run.clock.now_ns() + MINUTE_NS)
    assert not run.host.failures
    return (refused[0] if refused else None), [batch.data for out in run.out.values() for batch in out.batches]
