"""An action is reported once, in every signal, and nobody hears yes before it is safe."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import AggregationTemporality

from otelrum.collector.errors import PermanentError, RetryableError
from otelrum.collector.telemetry import Telemetry
from otelrum.connectors.rum_actions import FACTORY
from otelrum.connectors.rum_actions.connector import RumActions
from otelrum.otlp.batch import Batch, Signal
from otelrum.otlp.values import attributes
from otelrum.testing import Extensions, FailingConsumer, ManualClock, build
from tests.connectors.rum_actions.made import (
    counts,
    facts,
    metrics_of,
    points_of,
    records,
    records_of,
    spans,
    spans_of,
)

pytestmark = pytest.mark.anyio

MINUTE_NS = 60 * 10**9


class Running:
    """A connector with a consumer for each signal."""

    def __init__(self, clock: ManualClock, connector: RumActions, telemetry: Telemetry) -> None:
        self.clock = clock
        self.connector = connector
        self.telemetry = telemetry
        self.out = {signal: FailingConsumer(None) for signal in Signal}
        for signal, consumer in self.out.items():
            connector.connect(signal, consumer)

    async def take(self, batch: Batch) -> None:
        await self.connector.consume(batch)

    def got(self, signal: Signal) -> list[Batch]:
        return self.out[signal].batches

    def dropped(self) -> dict[str, float]:
        return {
            dict(labels)["reason"]: value
            for (name, labels), value in self.telemetry.snapshot().items()
            if name == "otelrum_dropped_items"
        }


@asynccontextmanager
async def running(**settings: Any) -> AsyncIterator[Running]:
    clock, telemetry = ManualClock(), Telemetry()
    connector = RumActions(FACTORY.config.model_validate(settings), build("rum_actions", clock, telemetry))  # type: ignore[arg-type]
    out = Running(clock, connector, telemetry)
    await connector.start(Extensions())
    yield out
    await connector.shutdown(clock.now_ns() + MINUTE_NS)


async def test_an_action_becomes_a_span_an_event_and_metrics() -> None:
    async with running() as own:
        await own.take(spans(facts(1, action_loading_time=5), {"action.id": "a member"}, {"x": 1}))
        await own.clock.advance(60)
        assert [span.name for span in spans_of(own.got(Signal.TRACES))] == ["Click on Pay"]
        assert [record.event_name for record in records_of(own.got(Signal.LOGS))] == ["rum.action"]
        assert {metric.name for metric in metrics_of(own.got(Signal.METRICS))} == {
            "rum.action.loading_time", "rum.actions", "rum.action.errors", "rum.action.resources",
        }  # fmt: skip


async def test_what_is_reported_stands_under_the_resource_of_its_action_and_the_scope_of_otelrum() -> None:
    async with running() as own:
        await own.take(spans(facts(1), resource={"deployment.environment.name": "prod"}))
        (group,) = ExportTraceServiceRequest.FromString(own.got(Signal.TRACES)[0].data).resource_spans
        assert attributes(group.resource.attributes) == {"service.name": "shop", "deployment.environment.name": "prod"}
        assert group.scope_spans[0].scope.name == "otelrum"


async def test_a_request_without_actions_sends_nothing_on() -> None:
    async with running() as own:
        await own.take(spans({"action.id": "x"}, {"http.method": "GET"}))
        assert not any(consumer.batches for consumer in own.out.values())


async def test_a_copy_is_reported_once_also_when_it_comes_by_the_other_signal() -> None:
    async with running() as own:
        await own.take(spans(facts(1), facts(1)))
        await own.take(spans(facts(1)))
        await own.take(records(facts(1)))
        await own.clock.advance(60)
        assert len(spans_of(own.got(Signal.TRACES))) == len(records_of(own.got(Signal.LOGS))) == 1
        assert counts(own.got(Signal.METRICS), "rum.actions") == {(): 1}


@pytest.mark.parametrize(("minutes", "times"), [(4.9, 1), (10.1, 2)])
async def test_a_copy_is_known_for_five_minutes(minutes: float, times: int) -> None:
    async with running() as own:
        await own.take(spans(facts(1)))
        await own.clock.advance(minutes * 60)
        await own.take(spans(facts(2)))
        await own.take(spans(facts(1)))
        span_ids = [span.span_id for span in spans_of(own.got(Signal.TRACES))]
        assert len(span_ids) == times + 1


async def test_two_connectors_in_a_row_say_what_one_says() -> None:
    async with running() as first, running() as second:
        await first.take(spans(facts(1)))
        for batch in (*first.got(Signal.TRACES), *first.got(Signal.LOGS)):
            await second.take(batch)
        assert not any(consumer.batches for consumer in second.out.values())


@pytest.mark.parametrize("signal", [Signal.TRACES, Signal.LOGS])
async def test_a_pipeline_that_takes_nothing_now_is_the_answer_and_then_nothing_counts_as_reported(
    signal: Signal,
) -> None:
    async with running() as own:
        own.out[signal].error = RetryableError("not now", delay_s=3)
        with pytest.raises(RetryableError):
            await own.take(spans(facts(1)))
        own.out[signal].error = None
        await own.take(spans(facts(1)))
        await own.clock.advance(60)
        assert len(own.got(signal)) == 1
        assert counts(own.got(Signal.METRICS), "rum.actions") == {(): 1}


async def test_what_a_pipeline_refuses_for_good_is_counted_and_the_other_signals_have_it() -> None:
    async with running() as own:
        own.out[Signal.LOGS].error = PermanentError("never")
        await own.take(spans(facts(1), facts(2)))
        assert own.dropped() == {"refused": 2}
        assert len(spans_of(own.got(Signal.TRACES))) == 2


async def test_only_what_a_pipeline_asks_for_is_reported() -> None:
    clock = ManualClock()
    connector = RumActions(FACTORY.config.model_validate({}), build("rum_actions", clock))  # type: ignore[arg-type]
    only = FailingConsumer(None)
    connector.connect(Signal.LOGS, only)
    await connector.start(Extensions())
    await connector.consume(spans(facts(1)))
    await connector.shutdown(clock.now_ns())
    assert [batch.signal for batch in only.batches] == [Signal.LOGS]


async def test_metrics_come_each_interval_and_at_the_end() -> None:
    async with running(metrics_flush_interval="10s") as own:
        await own.take(spans(facts(1)))
        await own.clock.advance(9)
        assert not own.got(Signal.METRICS)
        await own.clock.advance(1)
        await own.take(spans(facts(2)))
    assert counts(own.got(Signal.METRICS)[:1], "rum.actions") == {(): 1}
    assert counts(own.got(Signal.METRICS)[1:], "rum.actions") == {(): 2}


async def test_delta_says_each_action_once_also_when_a_request_is_refused_for_now() -> None:
    async with running(aggregation_temporality="delta") as own:
        own.out[Signal.METRICS].error = RetryableError("not now", delay_s=3)
        await own.take(spans(facts(1)))
        await own.clock.advance(61)
        await own.take(spans(facts(2), facts(3)))
        own.out[Signal.METRICS].error = None
        await own.clock.advance(3)
        await own.clock.advance(60)
        got = own.got(Signal.METRICS)
        assert [counts([batch], "rum.actions")[()] for batch in got] == [1, 2]
        (first, second) = [points_of(metric)[0] for metric in metrics_of(got) if metric.name == "rum.actions"]
        assert first.start_time_unix_nano < first.time_unix_nano == second.start_time_unix_nano
    temporality = {metric.sum.aggregation_temporality for metric in metrics_of(got) if metric.name == "rum.actions"}
    assert temporality == {AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA}


async def test_metrics_that_nobody_takes_by_the_end_are_counted_as_dropped() -> None:
    async with running() as own:
        own.out[Signal.METRICS].error = RetryableError("not now")
        await own.take(spans(facts(1, action_loading_time=1)))
        await own.connector.shutdown(own.clock.now_ns())
        assert own.dropped() == {"shutdown": 4}


async def test_many_series_are_sent_in_several_requests() -> None:
    async with running() as own:
        await own.take(spans(*(facts(n, action_name=f"Click on {n}") for n in range(250))))
        await own.clock.advance(60)
        assert len(own.got(Signal.METRICS)) == 3
        assert len(counts(own.got(Signal.METRICS), "rum.actions", "action.name")) == 250
