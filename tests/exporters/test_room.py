"""A sending queue has room in the unit of its configuration; what is being sent still takes its own."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from otelrum.collector.errors import PermanentError, RetryableError
from otelrum.exporters.room import Room
from otelrum.exporters.sending_queue import QueueConfig
from otelrum.otlp.batch import Batch, Signal
from tests.conftest import span_request


def room(size: int, sizer: str, **more: Any) -> Room:
    return Room(QueueConfig.model_validate({"queue_size": size, "sizer": sizer, **more}))


def batch(spans: int) -> Batch:
    return Batch(Signal.TRACES, span_request(spans))


@pytest.mark.parametrize(("sizer", "need"), [("requests", 1), ("items", 3), ("bytes", len(span_request(3)))])
def test_each_unit_is_counted_and_returned(sizer: str, need: int) -> None:
    space = room(1000, sizer)
    assert space.take(batch(3)) == need
    assert (space.size, space.items) == (need, 3)
    space.release(3, need)
    assert (space.size, space.items) == (0, 0)


def test_a_batch_that_is_joined_to_another_is_no_further_request() -> None:
    space = room(1, "requests")
    assert space.take(batch(1)) == 1
    assert space.take(batch(2), joined=True) == 0
    assert space.items == 3


def test_a_full_queue_may_be_asked_again_and_one_that_is_too_small_may_not() -> None:
    space = room(3, "items")
    space.take(batch(2))
    with pytest.raises(RetryableError, match="full"):
        space.take(batch(2))
    with pytest.raises(PermanentError, match="never fit"):
        space.take(batch(4))
    assert space.size == 2, "a refusal takes nothing"


@pytest.mark.anyio
async def test_where_waiting_is_set_a_caller_waits_until_there_is_room() -> None:
    space = room(3, "items", block_on_overflow=True)
    space.take(batch(2))
    waiting = asyncio.create_task(space.reserve(batch(2)))
    await asyncio.sleep(0)
    assert not waiting.done()
    space.release(2, 2)
    assert await waiting == 2


@pytest.mark.anyio
async def test_a_queue_that_closes_ends_the_wait() -> None:
    space = room(3, "items", block_on_overflow=True)
    space.take(batch(2))
    waiting = asyncio.create_task(space.reserve(batch(2)))
    await asyncio.sleep(0)
    space.close()
    with pytest.raises(RetryableError, match="closed"):
        await waiting
