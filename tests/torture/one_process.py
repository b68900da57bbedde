"""What one process makes of all that stands in a topic: whatever happens to a fleet, it must say the same."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable

from otelrum.collector.kafka import SIGNAL_HEADER
from otelrum.otlp.batch import Signal
from otelrum.processors.rum_action.partitioned import GRID_NS
from otelrum.receivers.kafka.messages import Record
from tests.processors.rum_action.in_process import Run
from tests.torture.keys import key_of
from tests.torture.victim import FAST

GRID_MS = GRID_NS // 10**6

Copies = dict[bytes, list[dict[str, object]]]
"""The attributes of every copy of every span, by its ids."""


def one_process(records: Iterable[Record]) -> Copies:
    """Each record at its time in the topic, all partitions together, through one processor without Kafka."""
    records = [record for record in records if not record.is_tick]
    records.sort(key=lambda record: (record.time_ns, record.number, record.offset))
    # Decisions are made on the same steps of time, as far as time can matter: the grid of the log.
    begin_ms = records[0].time_ns // GRID_NS * GRID_MS if records else 0
    sent = [
        (float(record.time_ns // 10**6 - begin_ms), Signal(record.headers[SIGNAL_HEADER]), record.value)
        for record in records
    ]
    return asyncio.run(_run(sent))


async def _run(sent: list[tuple[float, Signal, bytes]]) -> Copies:
    run = Run(dict(pair.split(": ") for pair in FAST.split(", ")))
    assert await run.take(sent) == []
    copies: Copies = defaultdict(list)
    for one in await run.end():
        copies[key_of(one.item)].append(one.attributes)
    return copies


def unlike(expected: Copies, got: Copies) -> Counter[str]:
    """What a fleet has sent otherwise than one process does, by kind. More copies than in the topic are none."""
    out: Counter[str] = Counter()
    for span, copies in expected.items():
        out["copies in the topic that are missing"] += len(got.get(span, ())) < len(copies)
        out["spans unlike one process's"] += any(copy not in copies for copy in got.get(span, ()))
    out["spans that are not in the topic"] = len(got.keys() - expected.keys())
    return out
