"""What the feed hears of actions: nothing where nobody listens, and no more than is asked for (SPEC section 11)."""

from __future__ import annotations

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from otelrum.collector.component import PipelineId
from otelrum.collector.feed import Feed, Findings, Finished, Missed, News, Pending
from otelrum.otlp.batch import Batch, Signal
from otelrum.processors.rum_action.config import RumActionConfig
from otelrum.processors.rum_action.processor import RumAction
from otelrum.testing import Extensions, ManualClock, RecordingConsumer, build
from tests.processors.rum_action.captures import GOLDEN, load, requests_of
from tests.processors.rum_action.pages_of_spans import PageItem, request

pytestmark = pytest.mark.anyio

MARKUP = "<img src=x onerror=alert(1)>"


class Ear:
    """A listener that keeps all news."""

    def __init__(self, actions_a_second: int = 100) -> None:
        self.actions_a_second = actions_a_second
        self.heard: list[News] = []

    def hear(self, news: News) -> None:
        self.heard.append(news)

    def of(self, kind: type[News]) -> list[News]:
        return [news for news in self.heard if isinstance(news, kind)]


class Running:
    """A processor whose time goes on as a test says."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        made = build("rum_action", self.clock)
        self.feed: Feed = made.feed
        self.processor = RumAction(RumActionConfig(), made)
        self.door = self.processor.connect(PipelineId(Signal.TRACES), RecordingConsumer())

    async def take(self, data: bytes) -> None:
        await self.door.consume(Batch(Signal.TRACES, data))

    async def wait(self, seconds: float) -> None:
        for _ in range(round(seconds * 5)):
            await self.clock.advance(0.2)


@pytest.fixture
async def running() -> Running:
    one = Running()
    await one.processor.start(Extensions())
    return one


async def test_where_nobody_listens_the_domain_calls_nobody(running: Running) -> None:
    await running.wait(1)
    assert running.processor._assembler.listener is None


async def test_an_action_is_reported_to_wait_and_then_reported_with_its_reasons(running: Running) -> None:
    ear = Ear()
    running.feed.listen(ear)
    await running.wait(1)
    await running.take(request([PageItem("click", 5, id=1), PageItem("request", 20, 100, id=2)]))
    await running.wait(1)
    (waiting,) = ear.of(Pending)
    assert isinstance(waiting, Pending)
    (action,) = waiting.actions
    assert 15_000 <= action["due_ms"] <= 16_000 and action["wait_ms"] == 16_000  # type: ignore[operator]
    await running.wait(17)
    (finished,) = ear.of(Finished)
    assert isinstance(finished, Finished)
    assert finished.detail["loading_ms"] == 115 and finished.detail["end_ms"] == 115
    assert str(finished.detail["why"]["end"]).startswith("Ended after 115 ms")  # type: ignore[index]
    assert sum(batch.items for batch in finished.items) == 2
    assert ear.of(Pending)[-1] == Pending("rum_action", [])


async def test_more_actions_than_are_asked_for_are_counted_and_not_reported(running: Running) -> None:
    ear = Ear(actions_a_second=10)
    running.feed.listen(ear)
    await running.wait(1)
    await running.take(request([PageItem("click", 5, session=f"s{n}", id=n + 1) for n in range(10_000)]))
    await running.wait(20)
    missed = sum(news.count for news in ear.of(Missed) if isinstance(news, Missed))
    count = len(ear.of(Finished))
    assert count + missed == 10_000 and count <= 30
    assert max(len(news.actions) for news in ear.of(Pending) if isinstance(news, Pending)) == 100


async def test_who_leaves_hears_nothing_more(running: Running) -> None:
    ear = Ear()
    running.feed.listen(ear)
    await running.wait(1)
    running.feed.leave(ear)
    running.feed.leave(ear)
    await running.wait(1)
    assert running.processor._assembler.listener is None


async def test_what_pages_lack_is_reported_once_until_it_changes(running: Running) -> None:
    ear = Ear()
    running.feed.listen(ear)
    await running.wait(1)
    await running.take(request([PageItem("click", 2000 * n, session="s", id=n + 1) for n in range(4)]))
    await running.wait(20)
    (lacks,) = ear.of(Findings)
    assert isinstance(lacks, Findings)
    assert {"mutations", "names", "records"} <= {finding["key"] for finding in lacks.findings}


async def test_a_hostile_name_stays_the_text_that_it_was(running: Running) -> None:
    ear = Ear()
    running.feed.listen(ear)
    await running.wait(1)
    data = next(d for _, _, d in requests_of(load(GOLDEN / "shop_add_to_cart.zone.hook.json")) if b"target.text" in d)
    await running.take(data.replace(b"Add to cart", MARKUP[:11].encode()))
    await running.wait(20)
    (finished,) = ear.of(Finished)
    assert isinstance(finished, Finished)
    assert finished.summary["name"] == "Click on <img src=x"


async def test_what_a_page_writes_by_the_megabyte_is_reported_in_short(running: Running) -> None:
    ear = Ear()
    running.feed.listen(ear)
    await running.wait(1)
    export = ExportTraceServiceRequest.FromString(request([PageItem("work", 5, id=1)]))
    span = export.resource_spans[0].scope_spans[0].spans[0]
    for key in ("action.type", "action.name"):
        span.attributes.add(key=key).value.string_value = "x" * 300_000
    await running.take(export.SerializeToString())
    await running.wait(20)
    (finished,) = ear.of(Finished)
    assert isinstance(finished, Finished)
    assert len(repr(finished.detail)) < 10_000 and finished.items == []
