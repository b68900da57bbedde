"""The batcher joins in the room behind, and answers each caller with what that room says."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from otelrum.collector.component import Consumer, PipelineId
from otelrum.collector.errors import RetryableError
from otelrum.collector.reservation import Reservation
from otelrum.collector.telemetry import Telemetry
from otelrum.exporters.memory_queue import MemoryQueue
from otelrum.exporters.sending_queue import QueueConfig
from otelrum.otlp.batch import Batch, Client, Signal, parts
from otelrum.processors.batch.config import BatchConfig
from otelrum.processors.batch.processor import BatchProcessor
from otelrum.testing import Extensions, FailingConsumer, ManualClock, RecordingConsumer, build, run_until_quiet
from tests.conftest import span_request

pytestmark = pytest.mark.anyio

SECOND_NS = 10**9


def request(spans: int = 1, client: Client | None = None, **attributes: str) -> Batch:
    batch = Batch(Signal.TRACES, span_request(spans, **attributes))
    return batch if client is None else Batch(Signal.TRACES, batch.data, client)


class InQueue:
    """A consumer with the room of a sending queue."""

    def __init__(self, queue: MemoryQueue) -> None:
        self._queue = queue

    async def consume(self, batch: Batch) -> None:
        await self._queue.put(batch)

    def reserve(self, signal: Signal) -> Reservation:
        return self._queue.reserve()


class Batching:
    """A batcher before a consumer."""

    def __init__(self, consumer: Consumer, **settings: Any) -> None:
        self.clock = ManualClock()
        self.telemetry = Telemetry()
        config = BatchConfig.model_validate(settings)
        self.processor = BatchProcessor(config, build("batch", self.clock, self.telemetry))
        self._door = self.processor.connect(PipelineId(Signal.TRACES), consumer)

    async def bring(self, batch: Batch) -> asyncio.Task[None]:
        """A caller that waits for its answer."""
        task = asyncio.create_task(self._door.consume(batch))
        await run_until_quiet()
        return task


async def test_requests_wait_for_each_other_and_leave_as_one() -> None:
    sink = RecordingConsumer()
    batching = Batching(sink, timeout="200ms")
    callers = [await batching.bring(request(2)), await batching.bring(request(3))]
    assert sink.batches == []
    assert all(caller.done() and caller.exception() is None for caller in callers), "nobody waits for the time"
    await batching.clock.advance(0.2)
    assert [batch.data for batch in sink.batches] == [span_request(2) + span_request(3)]
    assert [batch.items for batch in sink.batches] == [5]


async def test_the_time_runs_from_the_first_request_not_from_the_last() -> None:
    sink = RecordingConsumer()
    batching = Batching(sink, timeout="200ms")
    await batching.bring(request())
    await batching.clock.advance(0.15)
    await batching.bring(request())
    await batching.clock.advance(0.05)
    assert [batch.items for batch in sink.batches] == [2]


async def test_a_full_batch_does_not_wait() -> None:
    sink = RecordingConsumer()
    batching = Batching(sink, send_batch_size=4)
    await batching.bring(request(3))
    assert sink.batches == []
    await batching.bring(request(3))
    assert [batch.items for batch in sink.batches] == [6]


async def test_with_a_size_of_0_only_time_counts_and_with_a_time_of_0_nothing_waits() -> None:
    sink = RecordingConsumer()
    batching = Batching(sink, send_batch_size=0)
    await batching.bring(request(100_000))
    assert sink.batches == []
    at_once = Batching(sink, timeout="0s")
    await at_once.bring(request())
    assert [batch.items for batch in sink.batches] == [1]


async def test_the_next_step_can_separate_the_requests_again() -> None:
    sink = RecordingConsumer()
    batching = Batching(sink)
    for n in (1, 2):
        await batching.bring(request(n))
    await batching.clock.advance(1)
    assert [part.data for part in parts(sink.batches[0])] == [span_request(1), span_request(2)]


async def test_a_batch_larger_than_the_cap_is_split() -> None:
    sink = RecordingConsumer()
    batching = Batching(sink, send_batch_size=3, send_batch_max_size=3)
    caller = await batching.bring(request(8))
    assert [batch.items for batch in sink.batches] == [3, 3]
    await batching.clock.advance(1)
    assert [batch.items for batch in sink.batches] == [3, 3, 2]
    assert caller.done()


async def test_where_there_is_no_room_the_caller_hears_so_and_nothing_is_kept() -> None:
    queue = MemoryQueue(QueueConfig(queue_size=5, sizer="items"))
    batching = Batching(InQueue(queue))
    taken, refused = await batching.bring(request(3)), await batching.bring(request(4))
    assert taken.exception() is None and isinstance(refused.exception(), RetryableError)
    assert (queue.size, queue.items) == (3, 3)
    await batching.bring(request(2))
    await batching.clock.advance(1)
    queued = await queue.take()
    assert queued and queued.batch.data == span_request(3) + span_request(2)


async def test_a_joined_request_takes_the_room_of_one() -> None:
    queue = MemoryQueue(QueueConfig(queue_size=1))
    batching = Batching(InQueue(queue))
    callers = [await batching.bring(request()) for _ in range(5)]
    assert all(caller.exception() is None for caller in callers)
    assert (queue.size, queue.items) == (1, 5)
    await batching.clock.advance(1)
    assert isinstance((await batching.bring(request())).exception(), RetryableError)


async def test_a_step_without_room_takes_each_request_at_once_and_answers_itself() -> None:
    """So whoever brings data waits for no timer there either."""
    busy = FailingConsumer(RetryableError("full", delay_s=7))
    batching = Batching(busy)
    error = (await batching.bring(request())).exception()
    assert isinstance(error, RetryableError) and error.delay_s == 7
    busy.error = None
    await batching.bring(request(2))
    assert [batch.items for batch in busy.batches] == [2]


async def test_when_the_collector_stops_nothing_waits_any_more() -> None:
    sink = RecordingConsumer()
    batching = Batching(sink, timeout="1h")
    await batching.bring(request(1))
    batching.processor.not_ready()
    assert [batch.items for batch in sink.batches] == [1]
    await batching.bring(request(2))
    assert [batch.items for batch in sink.batches] == [1, 2]


async def test_no_batch_is_larger_than_the_cap() -> None:
    sink = RecordingConsumer()
    batching = Batching(sink, send_batch_size=5, send_batch_max_size=5)
    for spans in (3, 4, 2, 5, 1):
        await batching.bring(request(spans))
    await batching.clock.advance(1)
    assert sink.items == 15
    assert max(batch.items for batch in sink.batches) <= 5


async def test_who_sent_it_is_known_as_long_as_it_was_one_client() -> None:
    sink = RecordingConsumer()
    batching = Batching(sink)
    alice, bob = Client("198.51.100.1"), Client("198.51.100.2")
    for clients in ((alice, alice), (alice, bob)):
        for client in clients:
            await batching.bring(request(client=client))
        await batching.clock.advance(1)
    assert [batch.client for batch in sink.batches] == [alice, Client()]


async def test_stopping_sends_what_waits_at_once() -> None:
    sink = RecordingConsumer()
    batching = Batching(sink)
    caller = await batching.bring(request())
    await batching.processor.start(Extensions())
    await batching.processor.shutdown(batching.clock.now_ns() + SECOND_NS)
    assert sink.items == 1
    await caller


async def test_what_made_a_batch_leave_is_counted() -> None:
    batching = Batching(RecordingConsumer(), send_batch_size=2)
    await batching.bring(request(2))
    await batching.bring(request(1))
    await batching.clock.advance(1)
    counted = batching.telemetry.snapshot()
    own = (("processor", "batch"),)
    assert counted["otelcol_processor_batch_batch_size_trigger_send", own] == 1
    assert counted["otelcol_processor_batch_timeout_trigger_send", own] == 1
