"""Nothing is lost unseen: what was accepted is sent, held, queued, or counted by the reason why it is not.

A whole collector in this process, with a clock set by hand, between real senders over HTTP and a
real backend that answers as it likes. One snapshot of the metrics is taken whenever nothing is on
its way from one component to the next.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import grpc
import httpx
import pytest
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from otelrum.builtin import FACTORIES
from otelrum.collector.building import build_graph
from otelrum.collector.config.loading import load
from otelrum.collector.config.read import read
from otelrum.collector.telemetry import Telemetry
from otelrum.receivers.otlp.receiver import OtlpReceiver
from otelrum.testing import Extensions, ManualClock, run_until_quiet
from tests.account import Account
from tests.exporters.backends import GrpcBackend, grpc_backend, status
from tests.exporters.driving import until

pytestmark = pytest.mark.anyio

CONFIG = """\
receivers:
  otlp:
    protocols: {{http: {{endpoint: "127.0.0.1:0"}}}}
    caps: {{attributes: 8}}
processors:
  memory_limiter: {{limit_mib: 100000}}
  rum_action: {{max_held_mib: {held_mib}}}
  batch: {{timeout: 200ms, send_batch_size: 50}}
exporters:
  otlp_grpc:
    endpoint: "{endpoint}"
    tls: {{insecure: true}}
    sending_queue: {{queue_size: {queue_size}, num_consumers: 3}}
    retry_on_failure: {{initial_interval: 1s, max_elapsed_time: {patience}}}
service:
  pipelines:
    traces: {{receivers: [otlp], processors: [memory_limiter, rum_action, batch], exporters: [otlp_grpc]}}
    logs: {{receivers: [otlp], processors: [memory_limiter, rum_action, batch], exporters: [otlp_grpc]}}
"""
T0_NS = 1_767_225_600_000_000_000
MINUTE_S = 60
PROTOBUF = {"content-type": "application/x-protobuf"}
CLICK = "@opentelemetry/instrumentation-user-interaction"
FETCH = "@opentelemetry/instrumentation-fetch"
SERVER = "server"


class Running:
    """The collector, its senders, and its account."""

    def __init__(self, clock: ManualClock, telemetry: Telemetry, http: httpx.AsyncClient) -> None:
        self.clock = clock
        self._telemetry = telemetry
        self._http = http
        self.answers: list[int] = []

    async def post(self, *bodies: bytes, path: str = "/v1/traces") -> None:
        """Send all at once, and move the clock until each has its answer."""
        posts = [asyncio.ensure_future(self._http.post(path, content=body)) for body in bodies]
        while not all(post.done() for post in posts):
            await self.clock.advance(0.05)
        self.answers += [post.result().status_code for post in posts]

    async def at_rest(self) -> Account:
        """The account when nothing is on its way."""
        await run_until_quiet()
        await until(lambda: not self.account().in_flight)
        await run_until_quiet()
        return self.account()

    def account(self) -> Account:
        return Account(self._telemetry.snapshot())


def collector(
    backend: GrpcBackend, *, queue_size: int = 1000, held_mib: int = 64, patience: str = "20s"
) -> AbstractAsyncContextManager[Running]:
    settings = {"queue_size": queue_size, "held_mib": held_mib, "patience": patience}
    return running_with(CONFIG.format(endpoint=backend.endpoint, **settings))


@asynccontextmanager
async def running_with(text: str) -> AsyncIterator[Running]:
    clock, telemetry = ManualClock(T0_NS), Telemetry()
    graph = build_graph(read(load([f"yaml:{text}"], [], {}), FACTORIES), clock, telemetry)
    await graph.start(Extensions())
    receiver = graph.receivers[0].component
    assert isinstance(receiver, OtlpReceiver)
    url = f"http://127.0.0.1:{receiver.ports['http']}"
    async with httpx.AsyncClient(base_url=url, headers=PROTOBUF, trust_env=False) as http:
        running = Running(clock, telemetry, http)
        try:
            yield running
        finally:
            stopping = asyncio.ensure_future(graph.shutdown(clock.now_ns() + MINUTE_S * 10**9))
            while not stopping.done():
                await clock.advance(0.05)
    await stopping
    end = running.account()
    assert end.balances(), end
    assert (end.held, end.queued) == (0, 0)


def spans(scope: str, ids: Iterator[int], at_ns: int, count: int = 1, attributes: int = 3) -> bytes:
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add()
    if scope is not SERVER:
        group.resource.attributes.add(key="telemetry.sdk.language").value.string_value = "webjs"
    items = group.scope_spans.add()
    items.scope.name = scope
    for _ in range(count):
        id = next(ids) + 1
        span = items.spans.add(name="x", trace_id=id.to_bytes(16), span_id=id.to_bytes(8))
        span.kind = Span.SPAN_KIND_CLIENT if scope is FETCH else Span.SPAN_KIND_INTERNAL
        span.start_time_unix_nano, span.end_time_unix_nano = at_ns, at_ns + 10**6
        own = {"session.id": f"s{id % 3}", "event_type": "click", "target_xpath": "//b"} if scope is CLICK else {}
        for key, value in own.items():
            span.attributes.add(key=key).value.string_value = value
        for n in range(attributes - len(own)):
            span.attributes.add(key=f"k{n}").value.string_value = "v"
    return request.SerializeToString()


ANSWERS: tuple[bytes | Status, ...] = (
    b"",
    b"",
    b"",
    ExportTraceServiceResponse(partial_success=ExportTracePartialSuccess(rejected_spans=2)).SerializeToString(),
    status(grpc.StatusCode.UNAVAILABLE),
    status(grpc.StatusCode.UNAVAILABLE, retry_s=7),
    status(grpc.StatusCode.INVALID_ARGUMENT),
    status(grpc.StatusCode.UNAUTHENTICATED),
)


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_a_backend_answers_every_accepted_item_is_in_the_account(seed: int) -> None:
    dice, ids = random.Random(seed), iter(range(10**9))
    async with grpc_backend() as backend, collector(backend) as running:
        for _ in range(40):
            backend.answers[:] = dice.choices(ANSWERS, k=10)
            at_ns = running.clock.wall_ns() - dice.randrange(10**9)
            bodies = [
                spans(dice.choice((CLICK, FETCH, SERVER)), ids, at_ns, dice.randint(1, 60), dice.choice((3, 3, 3, 9)))
                for _ in range(dice.randint(0, 4))
            ]
            await running.post(*bodies, *([b"\xff no OTLP"] if dice.random() < 0.2 else []))
            await running.clock.advance(dice.choice((0, 1, 5, 30)))
            account = await running.at_rest()
            assert account.balances(), account
    end = running.account()
    assert end.sent and end.failed and end.refused
    assert set(end.by_reason("otelcol_exporter_send_failed_")) <= {"permanent", "rejected", "retries", "shutdown"}
    assert 200 in running.answers and 400 in running.answers


async def test_while_the_backend_is_away_everything_is_held_or_queued() -> None:
    ids = iter(range(10**9))
    async with grpc_backend() as backend, collector(backend) as running:
        backend.answers[:] = [status(grpc.StatusCode.UNAVAILABLE)] * 1000
        await running.post(spans(CLICK, ids, T0_NS, 10), spans(SERVER, ids, T0_NS, 7))
        account = await running.at_rest()
        assert (account.accepted, account.held, account.queued, account.sent) == (17, 10, 7, 0)
        await running.clock.advance(18)
        account = await running.at_rest()
        assert account.held == 0 and account.balances(), account
        backend.answers.clear()


async def test_what_is_over_a_cap_is_refused_and_not_accepted() -> None:
    ids = iter(range(10**9))
    async with grpc_backend() as backend, collector(backend) as running:
        await running.post(spans(SERVER, ids, T0_NS, 3) + spans(SERVER, ids, T0_NS, 2, attributes=9))
        account = await running.at_rest()
        assert (account.accepted, account.refused) == (3, 2)


async def test_an_action_is_counted_by_type_and_reason_and_its_hold_is_shown() -> None:
    ids = iter(range(10**9))
    async with grpc_backend() as backend, collector(backend) as running:
        await running.post(spans(CLICK, ids, T0_NS))
        await running.clock.advance(10)
        account = await running.at_rest()
        assert account.all("otelrum_action_oldest_hold_seconds") >= 10
        assert account.all("otelrum_action_held_bytes") > 0
        await running.clock.advance(10)
        account = await running.at_rest()
        assert account.all("otelrum_action_decided", type="click", component="rum_action") == 1
        assert account.all("otelrum_action_oldest_hold_seconds") == 0


async def test_a_late_span_is_counted_as_late() -> None:
    ids = iter(range(10**9))
    async with grpc_backend() as backend, collector(backend) as running:
        await running.post(spans(CLICK, ids, T0_NS))
        await running.clock.advance(20)
        assert (await running.at_rest()).all("otelrum_action_late") == 0
        await running.post(click_with_a_child(T0_NS))
        await running.clock.advance(20)
        account = await running.at_rest()
        assert account.all("otelrum_action_late") >= 1, account
        assert account.balances(), account


async def test_a_span_whose_action_is_dropped_is_counted_as_too_late() -> None:
    ids = iter(range(10**9))
    async with grpc_backend() as backend, collector(backend) as running:
        await running.post(spans(CLICK, ids, T0_NS))
        await running.clock.advance(34)  # decided after 16 s, remembered for 16 more
        await running.post(click_with_a_child(T0_NS))
        await running.clock.advance(20)
        account = await running.at_rest()
        assert (account.all("otelrum_action_late"), account.all("otelrum_action_too_late")) == (0, 1)
        assert account.balances(), account


def click_with_a_child(at_ns: int) -> bytes:
    """A child of the first click, which was decided long ago."""
    request = ExportTraceServiceRequest.FromString(spans(FETCH, iter([100]), at_ns))
    span = request.resource_spans[0].scope_spans[0].spans[0]
    span.trace_id, span.parent_span_id = (1).to_bytes(16), (1).to_bytes(8)
    span.attributes.add(key="session.id").value.string_value = "s1"
    return request.SerializeToString()


async def test_what_goes_early_for_want_of_memory_is_counted_by_reason() -> None:
    ids = iter(range(10**9))
    async with grpc_backend() as backend, collector(backend, held_mib=1) as running:
        for _ in range(3):
            at_ns = running.clock.wall_ns()
            await running.post(spans(CLICK, ids, at_ns, 1500))
            await running.post(spans(FETCH, ids, at_ns, 300))
        account = await running.at_rest()
        assert set(running.answers) == {200}
        assert account.all("otelrum_action_decided", reason="max_held_mib") > 0
        assert account.all("otelrum_action_forced", reason="max_held_mib") > 0
        assert account.balances(), account


async def test_when_nothing_can_go_on_what_is_refused_is_counted_and_its_sender_has_it_still() -> None:
    ids = iter(range(10**9))
    async with grpc_backend() as backend, collector(backend, queue_size=1, held_mib=1, patience="0s") as running:
        backend.answers[:] = [status(grpc.StatusCode.UNAVAILABLE, retry_s=60)] * 10_000
        while 503 not in running.answers:
            await running.post(spans(CLICK, ids, running.clock.wall_ns(), 100))
            await running.clock.advance(1)
        account = await running.at_rest()
        assert account.all("otelrum_action_refused") == account.refused > 0
        assert account.balances(), account
        backend.answers.clear()


TWO_BACKENDS = """\
receivers: {{otlp: {{protocols: {{http: {{endpoint: "127.0.0.1:0"}}}}}}}}
exporters:
  otlp_grpc/well: {{endpoint: "{well}", tls: {{insecure: true}}}}
  otlp_grpc/ill: {{endpoint: "{ill}", tls: {{insecure: true}}, sending_queue: {{queue_size: 100}}}}
service:
  pipelines:
    traces: {{receivers: [otlp], exporters: [otlp_grpc/well, otlp_grpc/ill]}}
"""


async def test_each_exporter_of_a_pipeline_has_its_own_queue_so_that_one_backend_holds_up_no_other() -> None:
    ids = iter(range(10**9))
    async with grpc_backend() as well, grpc_backend() as ill:
        ill.answers[:] = [status(grpc.StatusCode.UNAVAILABLE)] * 1000
        async with running_with(TWO_BACKENDS.format(well=well.endpoint, ill=ill.endpoint)) as running:
            for _ in range(5):
                await running.post(spans(SERVER, ids, T0_NS, 2))
            await until(lambda: len(well.got) == 5)
            account = await running.at_rest()
            assert set(running.answers) == {200}
            assert account.all("otelcol_exporter_sent_spans", exporter="otlp_grpc/well") == 10
            assert account.all("otelrum_exporter_queued_items", exporter="otlp_grpc/ill") == 10
            ill.answers.clear()
