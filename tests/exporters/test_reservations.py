"""Room in a sending queue for a request that is still being joined: what is acknowledged there is never lost."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from otelrum.collector.batcher import Batcher, BatchLimits
from otelrum.collector.errors import PermanentError, RetryableError
from otelrum.exporters.memory_queue import MemoryQueue
from otelrum.exporters.sending_queue import QueueConfig, SendingQueue
from otelrum.otlp.batch import Batch, Signal
from otelrum.testing import ManualClock, run_until_quiet
from tests.conftest import span_request
from tests.exporters.test_stored_queue import Life

pytestmark = pytest.mark.anyio

each_size = pytest.mark.parametrize(
    ("sizer", "queue_size"), [("requests", 2), ("items", 20), ("bytes", 350)], ids=["requests", "items", "bytes"]
)


def request(number: int) -> Batch:
    """One to four spans that no other request has."""
    message = ExportTraceServiceRequest()
    scope = message.resource_spans.add().scope_spans.add()
    for n in range(1 + number % 4):
        scope.spans.add(name="work", span_id=(number * 10 + n + 1).to_bytes(8))
    return Batch(Signal.TRACES, message.SerializeToString())


def ids(batch: Batch) -> list[int]:
    groups = (
        scope for each in ExportTraceServiceRequest.FromString(batch.data).resource_spans for scope in each.scope_spans
    )
    return [int.from_bytes(span.span_id) for scope in groups for span in scope.spans]


class Story:
    """Callers that bring requests, a consumer that takes some now and then, a batcher between them."""

    def __init__(self, queue: SendingQueue, seed: int, **limits: Any) -> None:
        self.queue = queue
        self.clock = ManualClock()
        settings = {"min_size": 9, "max_size": 12, "timeout_s": 1.0} | limits
        self.batcher = Batcher(BatchLimits(**settings), queue.reserve, self.clock, lambda full: None)
        self.acknowledged: set[int] = set()
        self.refused = 0
        self.taken: Counter[int] = Counter()
        self._random = random.Random(seed)

    async def run(self, requests: int) -> None:
        callers = []
        for number in range(requests):
            callers.append(asyncio.create_task(self._bring(request(number))))
            if self._random.random() < 0.3:
                await run_until_quiet()
            if self._random.random() < 0.2:
                await self.clock.advance(1)
            if self._random.random() < 0.2:
                await self.take()
        while not all(caller.done() for caller in callers):
            await asyncio.sleep(0.001)
            await self.clock.advance(1)
            await self.take()
        await asyncio.gather(*callers)

    async def take(self) -> None:
        """What is in the line now, done with."""
        while self.queue.size:
            try:
                queued = await asyncio.wait_for(self.queue.take(), 0.01)
            except TimeoutError:
                return
            assert queued is not None
            self.taken.update(ids(queued.batch))
            assert queued.batch.items <= 12, "no batch is larger than the cap"
            await self.queue.done(queued)

    async def _bring(self, batch: Batch) -> None:
        try:
            await self.batcher.add(batch)
        except RetryableError:
            self.refused += 1
        else:
            self.acknowledged.update(ids(batch))


@each_size
@pytest.mark.parametrize("waits", [False, True], ids=["refuses", "waits"])
@pytest.mark.parametrize("seed", range(4))
async def test_in_memory_what_is_acknowledged_comes_out_once_and_nothing_else(
    sizer: str, queue_size: int, waits: bool, seed: int
) -> None:
    settings = {"sizer": sizer, "queue_size": queue_size, "block_on_overflow": waits}
    story = Story(MemoryQueue(QueueConfig.model_validate(settings)), seed)
    await story.run(150)
    story.batcher.hurry()
    await story.take()
    assert story.taken == Counter(story.acknowledged)
    assert (story.queue.size, story.queue.items) == (0, 0)
    assert waits or story.refused, "the story is one of a queue that was full"


@each_size
@pytest.mark.parametrize("seed", range(2))
async def test_on_disk_what_is_acknowledged_outlives_a_process_that_ends_at_any_moment(
    tmp_path: Path, sizer: str, queue_size: int, seed: int
) -> None:
    """Whether its batch was still open, in the line, or on its way."""
    first = Life(tmp_path, sizer=sizer, queue_size=queue_size)
    story = Story(await first.begin(), seed)
    await story.run(60)
    await first.storage.shutdown(0)  # nothing was flushed, closed, or reported
    second = Life(tmp_path, sizer=sizer, queue_size=queue_size)
    later = Story(await second.begin(), seed)
    await later.take()
    assert (story.taken + later.taken) == Counter(story.acknowledged)
    await second.end()


async def test_a_batch_on_disk_goes_on_joined_when_its_rows_are_written(tmp_path: Path) -> None:
    life = Life(tmp_path)
    queue = await life.begin()
    reservation = queue.reserve()
    added = [reservation.add(request(n)) for n in (1, 2)]
    reservation.close()
    assert queue.size == 1
    await asyncio.gather(*added)
    queued = await queue.take()
    assert queued is not None and sorted(ids(queued.batch)) == sorted(ids(request(1)) + ids(request(2)))
    assert len(queued.keys) == 2
    await queue.done(queued)
    await life.end()


async def test_what_comes_after_the_end_of_a_batch_goes_by_itself(tmp_path: Path) -> None:
    life = Life(tmp_path)
    for queue in (MemoryQueue(QueueConfig()), await life.begin()):
        reservation = queue.reserve()
        await reservation.add(request(1))
        reservation.close()
        await reservation.add(request(2))
        for number in (1, 2):
            queued = await queue.take()
            assert queued is not None and ids(queued.batch) == ids(request(number))
            await queue.done(queued)
    await life.end()


async def test_what_can_never_fit_is_refused_for_good_also_beside_others() -> None:
    queue = MemoryQueue(QueueConfig(sizer="items", queue_size=3))
    reservation = queue.reserve()
    await reservation.add(Batch(Signal.TRACES, span_request(2)))
    with pytest.raises(PermanentError):
        reservation.add(Batch(Signal.TRACES, span_request(4)))
    assert queue.items == 2


async def test_an_empty_reservation_takes_no_room_and_sends_nothing() -> None:
    queue = MemoryQueue(QueueConfig(queue_size=1))
    queue.reserve().close()
    await queue.put(Batch(Signal.TRACES, span_request()))
    assert queue.size == 1
