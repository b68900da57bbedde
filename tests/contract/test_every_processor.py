"""What becomes of data in each processor while the next step refuses it now and then."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import cast

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from otelrum.builtin import FACTORIES
from otelrum.collector.component import Consumer, Factory, PipelineId, Processor
from otelrum.collector.errors import PermanentError, RetryableError
from otelrum.collector.factories import ComponentKind
from otelrum.collector.telemetry import Telemetry
from otelrum.otlp.batch import Batch, Signal
from otelrum.testing import Extensions, ManualClock, build
from tests.contract.components import SAMPLES, filled

pytestmark = pytest.mark.anyio

every_processor = pytest.mark.parametrize(
    "factory", FACTORIES.rows[ComponentKind.PROCESSORS], ids=lambda factory: f"processor {factory.type}"
)

REQUESTS = 40
SENDERS = 4
MINUTE_NS = 60 * 10**9

NOT_NOW, NEVER = RetryableError("not now"), PermanentError("never")

SERVER: Mapping[str, str] = {"http.request.method": "GET"}
CLICK: Mapping[str, str] = {"event_type": "click", "target_xpath": "//button", "session.id": "s"}


class Fickle:
    """Gives its answers in turn, over and over; keeps the ids of the spans that it took."""

    def __init__(self, answers: Iterable[Exception | None]) -> None:
        self._answers = itertools.cycle(answers)
        self.taken: Counter[int] = Counter()

    async def consume(self, batch: Batch) -> None:
        await asyncio.sleep(0)
        answer = next(self._answers)
        if answer is not None:
            raise answer
        self.taken.update(span_ids(batch))


def span_ids(batch: Batch) -> list[int]:
    request = ExportTraceServiceRequest.FromString(batch.data)
    groups = (scope for resource in request.resource_spans for scope in resource.scope_spans)
    return [int.from_bytes(span.span_id) for scope in groups for span in scope.spans]


def request_of(n: int, attributes: Mapping[str, str]) -> Batch:
    request = ExportTraceServiceRequest()
    scope = request.resource_spans.add().scope_spans.add()
    scope.scope.name = "@opentelemetry/instrumentation-user-interaction" if "event_type" in attributes else "server"
    id = n + 1
    time_ns = 1_767_225_600_000_000_000 + n * 10**9
    span = scope.spans.add(trace_id=id.to_bytes(16), span_id=id.to_bytes(8), start_time_unix_nano=time_ns)
    span.end_time_unix_nano = time_ns + 10**6
    for key, value in attributes.items():
        span.attributes.add(key=key).value.string_value = value
    return Batch(Signal.TRACES, request.SerializeToString())


class Outcome:
    """What the senders heard, what came out, and what was counted as dropped."""

    def __init__(self, target: Fickle) -> None:
        self.accepted: set[int] = set()
        self.refused: set[int] = set()
        self.taken = target.taken
        self.dropped = 0.0


async def offer(consumer: Consumer, batch: Batch, outcome: Outcome) -> None:
    """Send until there is a final answer, as an OTLP client does."""
    while True:
        try:
            await consumer.consume(batch)
        except RetryableError:
            await asyncio.sleep(0)
        except PermanentError:
            outcome.refused.update(span_ids(batch))
            return
        else:
            outcome.accepted.update(span_ids(batch))
            return


async def tick(clock: ManualClock) -> None:
    while True:
        await clock.advance(1)


async def pushed_through(
    factory: Factory, folder: Path, attributes: Mapping[str, str], answers: Iterable[Exception | None]
) -> Outcome:
    """Several senders at a time, then the end."""
    clock, telemetry, target = ManualClock(), Telemetry(), Fickle(answers)
    config = factory.config.model_validate(filled(SAMPLES[ComponentKind.PROCESSORS, factory.type].good, folder))
    processor = cast(Processor, factory.create(config, build(factory.type, clock, telemetry)))
    consumer = processor.connect(PipelineId(Signal.TRACES), target)
    await processor.start(Extensions())
    ticking = asyncio.create_task(tick(clock))
    outcome = Outcome(target)
    requests = [request_of(n, attributes) for n in range(REQUESTS)]
    for group in (requests[n : n + SENDERS] for n in range(0, REQUESTS, SENDERS)):
        await asyncio.gather(*(offer(consumer, request, outcome) for request in group))
    await processor.shutdown(clock.now_ns() + MINUTE_NS)
    ticking.cancel()
    outcome.dropped = sum(value for (name, _), value in telemetry.snapshot().items() if name == "otelrum_dropped_items")
    return outcome


@every_processor
@pytest.mark.parametrize("attributes", [SERVER, CLICK], ids=["server", "click"])
@pytest.mark.parametrize("answers", [[None], [None, NOT_NOW], [NOT_NOW, NOT_NOW, NOT_NOW, None]], ids=len)
async def test_what_is_accepted_comes_out_once_however_often_the_next_step_says_not_now(
    factory: Factory, tmp_path: Path, attributes: Mapping[str, str], answers: list[Exception | None]
) -> None:
    outcome = await pushed_through(factory, tmp_path, attributes, answers)
    assert outcome.accepted == set(range(1, REQUESTS + 1))
    assert outcome.taken == Counter(outcome.accepted)
    assert outcome.dropped == 0


@every_processor
@pytest.mark.parametrize("attributes", [SERVER, CLICK], ids=["server", "click"])
@pytest.mark.parametrize("answers", [[NEVER, None], [NOT_NOW, NEVER, None, None, NEVER]], ids=len)
async def test_what_the_next_step_refuses_for_good_is_refused_or_counted_as_dropped(
    factory: Factory, tmp_path: Path, attributes: Mapping[str, str], answers: list[Exception | None]
) -> None:
    outcome = await pushed_through(factory, tmp_path, attributes, answers)
    assert outcome.accepted | outcome.refused == set(range(1, REQUESTS + 1))
    assert not outcome.accepted & outcome.refused
    assert not outcome.refused & outcome.taken.keys()
    assert set(outcome.taken.values()) <= {1}
    assert len(outcome.accepted) == len(outcome.taken) + outcome.dropped
    assert outcome.refused or outcome.dropped
