"""The same requests at the same times without any trouble: what every span must say after all that happened."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from otelrum.otlp.batch import Signal
from tests.processors.rum_action.in_process import Run
from tests.torture.users import Request
from tests.torture.victim import FAST


def undisturbed(requests: Iterable[Request]) -> dict[bytes, dict[str, object]]:
    """The attributes of every span by its ids, from a processor in this process with a clock set by hand."""
    in_time = sorted(requests, key=lambda request: request.at_s)
    begin_s = in_time[0].at_s if in_time else 0.0
    sent = [((one.at_s - begin_s) * 1000, Signal.TRACES, one.body) for one in in_time]
    return asyncio.run(_run(sent))


async def _run(sent: list[tuple[float, Signal, bytes]]) -> dict[bytes, dict[str, object]]:
    settings = dict(pair.split(": ") for pair in FAST.split(", "))
    run = Run(settings)
    assert await run.take(sent) == []
    return {one.item.trace_id + one.item.span_id: one.attributes for one in await run.end()}
