"""What `rum_actions` costs the spans that pass it, at ten spans an action.

    python -m tests.bench.connector [--spans 200000]

The spans are what `rum_action` sends on of the browser-shaped load, in the requests that it makes of them. CPU is of
this process, without what makes the load and without the pipelines behind.
"""

from __future__ import annotations

import argparse
import statistics
import time

import uvloop

from otelrum.collector.component import PipelineId
from otelrum.connectors.rum_actions import FACTORY
from otelrum.connectors.rum_actions.connector import RumActions
from otelrum.otlp import fields
from otelrum.otlp.batch import Batch, Signal
from otelrum.processors import rum_action
from otelrum.testing import Extensions, ManualClock, RecordingConsumer, build
from tests.bench.load import requests

ROUNDS = 5
SPANS_A_REQUEST = 100
PAGES = 1000


class Nowhere:
    """A pipeline that takes everything at once."""

    async def consume(self, batch: Batch) -> None:
        """Nothing is kept."""


async def decided(spans: int, seed: int) -> list[Batch]:
    """So many spans with their actions."""
    clock, out = ManualClock(), RecordingConsumer()
    processor = rum_action.FACTORY.create(
        rum_action.FACTORY.config.model_validate({"max_held_mib": 4096}), build("rum_action", clock)
    )
    consumer = processor.connect(PipelineId(Signal.TRACES), out)  # type: ignore[attr-defined]
    await processor.start(Extensions())
    for data in requests(spans // SPANS_A_REQUEST, SPANS_A_REQUEST, PAGES, seed):
        await consumer.consume(Batch(Signal.TRACES, data))
        await clock.advance(0.04)
    await processor.shutdown(clock.now_ns() + 10**12)
    return out.batches


async def cost_us(batches: list[Batch], settings: dict[str, object]) -> float:
    """CPU of each span."""
    connector = RumActions(FACTORY.config.model_validate(settings), build("rum_actions", ManualClock()))  # type: ignore[arg-type]
    for signal in Signal:
        connector.connect(signal, Nowhere())
    await connector.start(Extensions())
    began_s = time.process_time()
    for batch in batches:
        await connector.consume(batch)
    spent_s = time.process_time() - began_s
    await connector.shutdown(0)
    return spent_s / sum(batch.items for batch in batches) * 1e6


SHAPES: dict[str, dict[str, object]] = {
    "explicit": {},
    "exponential, exemplars, a dimension": {
        "histogram": {"exponential": {"max_size": 160}},
        "exemplars": {"enabled": True},
        "dimensions": [{"name": "view.url"}],
    },
}


async def measured(spans: int) -> None:
    batches = await decided(spans, seed=1)
    print(f"{sum(batch.items for batch in batches)} spans in {len(batches)} requests,"
          f" {'interpreted' if fields.__file__.endswith('.py') else 'compiled'}")  # fmt: skip
    for name, settings in SHAPES.items():
        costs = [await cost_us(batches, settings) for _ in range(ROUNDS)]
        print(f"{name}: {statistics.median(costs):.2f} us a span ({min(costs):.2f} to {max(costs):.2f})", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spans", type=int, default=200_000)
    uvloop.run(measured(parser.parse_args().spans))


if __name__ == "__main__":
    main()
