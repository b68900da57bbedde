"""What was decided stays until the next stage has taken it (SPEC section 11)."""

from __future__ import annotations

import asyncio
import logging

import pytest

from otelrum.collector.errors import PermanentError, RetryableError
from otelrum.collector.telemetry import Telemetry
from otelrum.otlp.batch import Batch, Signal
from otelrum.processors.rum_action.outbox import Journalled, Outbox
from otelrum.testing import FailingConsumer, ManualClock, RecordingConsumer, run_until_quiet
from tests.conftest import span_request

pytestmark = pytest.mark.anyio

BATCH = Batch(Signal.TRACES, span_request(3))


class Sending:
    """An outbox before one consumer."""

    def __init__(self) -> None:
        self.clock, self.telemetry = ManualClock(), Telemetry()
        self.outbox = Outbox(self.clock, self.telemetry, logging.getLogger("otelrum.test"), "rum_action")

    def dropped(self, reason: str) -> float:
        series = "otelrum_dropped_items", (("component", "rum_action"), ("reason", reason))
        return self.telemetry.snapshot().get(series, 0)


async def test_a_stage_that_has_taken_something_since_it_refused_is_no_longer_blocked() -> None:
    sending, later = Sending(), FailingConsumer(RetryableError("later", delay_s=1))
    sending.outbox.send([BATCH], later, None)
    await run_until_quiet()
    assert sending.outbox.is_blocked and sending.outbox.items == 3
    later.error = None
    await sending.clock.advance(1)
    assert later.batches == [BATCH]
    assert not sending.outbox.is_blocked and sending.outbox.items == sending.outbox.bytes == 0


async def test_a_stage_that_asks_for_an_hour_is_asked_again_after_five_seconds() -> None:
    sending, later = Sending(), FailingConsumer(RetryableError("later", delay_s=3600))
    sending.outbox.send([BATCH], later, None)
    await run_until_quiet()
    later.error = None
    await sending.clock.advance(4.9)
    assert later.batches == []
    await sending.clock.advance(0.2)
    assert later.batches == [BATCH]


async def test_some_requests_are_on_their_way_at_once_and_not_all() -> None:
    sending = Sending()

    class Counting(RecordingConsumer):
        at_once = most = 0

        async def consume(self, batch: Batch) -> None:
            self.at_once += 1
            self.most = max(self.most, self.at_once)
            await sending.clock.sleep(1)
            self.at_once -= 1
            await super().consume(batch)

    slow = Counting()
    sending.outbox.send([BATCH] * 40, slow, None)
    await sending.clock.advance(3)
    assert (slow.most, len(slow.batches)) == (16, 40)


async def test_nothing_is_sent_before_it_is_written_and_it_is_safe_when_all_is_taken() -> None:
    sending, sink, taken_at_end = Sending(), RecordingConsumer(), []
    is_written = asyncio.Event()

    async def written() -> None:
        await is_written.wait()

    sending.outbox.send([BATCH, BATCH], sink, Journalled(written, lambda: taken_at_end.append(len(sink.batches))))
    await run_until_quiet()
    assert sink.batches == [] and taken_at_end == []
    is_written.set()
    await run_until_quiet()
    assert len(sink.batches) == 2 and taken_at_end == [2]


async def test_a_journal_that_cannot_be_written_is_asked_again() -> None:
    sending, sink, tries = Sending(), RecordingConsumer(), []

    async def written() -> None:
        tries.append(1)
        if len(tries) == 1:
            raise RetryableError("disk full", delay_s=1)

    sending.outbox.send([BATCH], sink, Journalled(written, lambda: None))
    await sending.clock.advance(1)
    assert (len(tries), sink.batches) == (2, [BATCH])


async def test_what_cannot_go_on_is_counted_by_its_reason() -> None:
    sending = Sending()
    sending.outbox.send([BATCH], FailingConsumer(PermanentError("never")), None)
    sending.outbox.send([BATCH], FailingConsumer(ZeroDivisionError()), None)
    sending.outbox.send([BATCH], FailingConsumer(RetryableError("later")), None)
    await run_until_quiet()
    await sending.outbox.finish(sending.clock.now_ns())
    assert [sending.dropped(reason) for reason in ("refused", "failed", "shutdown")] == [3, 3, 3]


async def test_what_is_in_a_journal_at_the_end_is_not_lost() -> None:
    sending = Sending()

    async def written() -> None:
        pass

    journalled = Journalled(written, lambda: None)
    sending.outbox.send([BATCH], FailingConsumer(RetryableError("later")), journalled)
    await run_until_quiet()
    await sending.outbox.finish(sending.clock.now_ns())
    assert sending.dropped("shutdown") == 0


async def test_who_waits_for_room_hears_when_something_has_left_or_nothing_can() -> None:
    sending, later = Sending(), FailingConsumer(RetryableError("later", delay_s=1))
    sending.outbox.send([BATCH], later, None)
    waiting = asyncio.create_task(sending.outbox.until_moved())
    await run_until_quiet()
    assert waiting.done() and sending.outbox.is_blocked
    await asyncio.wait_for(sending.outbox.until_moved(), 1)  # blocked: nobody waits
