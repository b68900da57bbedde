"""One answer made of several: who hears what when targets do not agree."""

from __future__ import annotations

import asyncio

import pytest

from otelrum.collector.component import Consumer
from otelrum.collector.errors import PermanentError, RetryableError
from otelrum.collector.fanout import fan_out
from otelrum.collector.telemetry import Telemetry
from otelrum.otlp.batch import Batch, Signal
from otelrum.testing import FailingConsumer, RecordingConsumer
from tests.conftest import span_request

pytestmark = pytest.mark.anyio

LATER, MUCH_LATER = RetryableError("later", delay_s=1.0), RetryableError("much later", delay_s=9.0)
NEVER = PermanentError("never")


def batch() -> Batch:
    return Batch(Signal.TRACES, span_request(3))


def dropped(telemetry: Telemetry) -> float:
    return telemetry.snapshot()["otelrum_dropped_items", (("component", "here"), ("reason", "refused"))]


def test_one_target_needs_no_fan_out() -> None:
    target = RecordingConsumer()
    assert fan_out([target], "here", Telemetry()) is target


async def test_every_target_gets_the_same_batch() -> None:
    targets = [RecordingConsumer(), RecordingConsumer()]
    sent = batch()
    await fan_out(targets, "here", Telemetry()).consume(sent)
    assert [target.batches for target in targets] == [[sent], [sent]]


class Meeting:
    """Takes a batch only when all have come."""

    def __init__(self, barrier: asyncio.Barrier) -> None:
        self._barrier = barrier

    async def consume(self, batch: Batch) -> None:
        await self._barrier.wait()


async def test_no_target_waits_for_another() -> None:
    barrier = asyncio.Barrier(3)
    async with asyncio.timeout(10):
        await fan_out([Meeting(barrier) for _ in range(3)], "here", Telemetry()).consume(batch())


@pytest.mark.parametrize(
    ("answers", "heard"),
    [
        ([None, LATER], LATER),
        ([LATER, MUCH_LATER], MUCH_LATER),
        ([NEVER, LATER], LATER),
        ([None, LATER, KeyError("bug")], KeyError),
        ([NEVER, NEVER], NEVER),
    ],
)
async def test_the_caller_hears_what_makes_him_send_again_where_that_may_help(
    answers: list[Exception | None], heard: Exception | type[Exception]
) -> None:
    targets: list[Consumer] = [FailingConsumer(answer) for answer in answers]
    kind = heard if isinstance(heard, type) else type(heard)
    with pytest.raises(kind) as caught:
        await fan_out(targets, "here", Telemetry()).consume(batch())
    assert heard in (caught.value, kind)


async def test_what_one_refuses_for_good_and_another_takes_is_taken_and_counted_as_dropped() -> None:
    telemetry = Telemetry()
    taker = RecordingConsumer()
    await fan_out([FailingConsumer(NEVER), taker], "here", telemetry).consume(batch())
    assert (taker.items, dropped(telemetry)) == (3, 3)
