"""The queue before an exporter: what it takes, in which order, and how much."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from otelrum.collector.errors import PermanentError, RetryableError
from otelrum.exporters.memory_queue import MemoryQueue
from otelrum.exporters.sending_queue import QueueConfig
from otelrum.otlp.batch import Batch, Signal, join, parts
from otelrum.testing import run_until_quiet
from tests.conftest import span_request

pytestmark = pytest.mark.anyio


def request(spans: int = 1) -> Batch:
    return Batch(Signal.TRACES, span_request(spans))


def queue(**settings: Any) -> MemoryQueue:
    return MemoryQueue(QueueConfig.model_validate(settings))


async def test_first_in_first_out() -> None:
    line = queue()
    for spans in (3, 1, 2):
        await line.put(request(spans))
    taken = [await line.take() for _ in range(3)]
    assert [queued.batch.items for queued in taken if queued] == [3, 1, 2]


@pytest.mark.parametrize(
    ("sizer", "size"), [("requests", 2), ("items", 5), ("bytes", len(span_request(2) + span_request(3)))]
)
async def test_its_size_is_in_the_unit_of_its_capacity(sizer: str, size: int) -> None:
    line = queue(sizer=sizer, queue_size=size)
    await line.put(request(2))
    await line.put(request(3))
    assert (line.size, line.capacity, line.items) == (size, size, 5)
    with pytest.raises(RetryableError, match="full"):
        await line.put(request())


async def test_what_is_being_sent_takes_room_until_it_is_done() -> None:
    line = queue(queue_size=1)
    await line.put(request())
    queued = await line.take()
    assert queued
    with pytest.raises(RetryableError):
        await line.put(request())
    await line.done(queued)
    await line.done(queued)
    assert (line.size, line.items) == (0, 0)
    await line.put(request())


async def test_what_can_never_fit_is_refused_for_good() -> None:
    """As retryable a client would send it for ever."""
    with pytest.raises(PermanentError):
        await queue(sizer="items", queue_size=2).put(request(3))


async def test_block_on_overflow_waits_for_room() -> None:
    line = queue(queue_size=1, block_on_overflow=True)
    await line.put(request(1))
    waiting = [asyncio.create_task(line.put(request(n))) for n in (2, 3)]
    await run_until_quiet()
    assert not any(task.done() for task in waiting)
    for spans in (1, 2, 3):
        queued = await line.take()
        assert queued and queued.batch.items == spans
        await line.done(queued)
        await run_until_quiet()
    assert all(task.done() for task in waiting)


async def test_closing_ends_the_wait_of_those_who_wait_and_lets_the_rest_be_taken() -> None:
    line = queue(queue_size=1, block_on_overflow=True)
    await line.put(request(1))
    waiting = asyncio.create_task(line.put(request(2)))
    await run_until_quiet()
    await line.close()
    await run_until_quiet()
    assert isinstance(waiting.exception(), RetryableError)
    assert await line.take() is not None
    assert await line.take() is None
    assert await line.take() is None, "each consumer hears it"


async def test_a_joined_request_is_split_into_its_parts_at_the_end_of_the_line() -> None:
    line = queue(sizer="items", queue_size=6)
    await line.put(join([request(1), request(2)]))
    await line.put(request(3))
    queued = await line.take()
    assert queued
    await line.replace(queued, list(parts(queued.batch)))
    assert (line.size, line.items) == (6, 6)
    left = [await line.take() for _ in range(3)]
    assert [each.batch.data for each in left if each] == [span_request(3), span_request(1), span_request(2)]


async def test_what_is_abandoned_is_everything_that_was_not_done() -> None:
    line = queue()
    for spans in (1, 2, 3):
        await line.put(request(spans))
    first = await line.take()
    assert first
    await line.done(first)
    await line.take()
    assert sorted(batch.items for batch in await line.abandon()) == [2, 3]
    assert (line.size, line.items) == (0, 0)
