"""Edge, broker and workers together: whoever owns a session decides the same."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import grpc
import pytest
from confluent_kafka import Producer
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from otelrum.collector.kafka import SIGNAL_HEADER
from otelrum.otlp.batch import Signal
from otelrum.otlp.values import attributes, key_value
from tests.kafka.broker import Broker
from tests.kafka.client import committed
from tests.kafka.fleet import Edge, Worker
from tests.processors.rum_action.captures import GOLDEN, Played, by_key, load, play, requests_of
from tests.processors.rum_action.in_process import Received, items_of
from tests.running import EXPORT, Backend, Collector, backend
from tests.torture.fleet import Plan, torture

pytestmark = pytest.mark.anyio

CONFIG = Path(__file__).resolve().parents[2] / "config"
HOUR_MS = 3600 * 1000
PATIENCE_S = 90.0
METHODS = {Signal(name): path for path, name in EXPORT.items()}


SCOPES = {
    "documentLoad": "@opentelemetry/instrumentation-document-load",
    "click": "@opentelemetry/instrumentation-user-interaction",
}


def wait_until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.1)


def test_kills_rebalances_a_broken_broker_and_a_bad_backend_change_nothing() -> None:
    outcome = torture(Plan(kills=4, rebalances=3, spans=0, users=20, seed=5))
    assert outcome.actions > 50
    assert sum(outcome.found.values()) == 0, outcome.found


async def test_recorded_sessions_through_three_workers_are_as_in_one_process(broker: Broker, tmp_path: Path) -> None:
    """With the shipped configurations."""
    broker.create_topic("otelrum", 24)
    with backend() as (kept, endpoint), ExitStack() as stack:
        edge = stack.enter_context(shipped("kafka-edge", {"exporters.kafka.brokers": broker.address}))
        sent_to = {"receivers.kafka.brokers": broker.address, "exporters.otlp_grpc.endpoint": endpoint}
        for _ in range(3):
            stack.enter_context(shipped("kafka-worker", sent_to | {"processors.action_sampling.helpers": "keep"}))
        await is_as_in_one_process(edge.ready()["grpc"], kept)


async def test_traces_and_logs_may_have_a_topic_each(broker: Broker, topic: str, tmp_path: Path) -> None:
    logs = f"{topic}-logs"
    broker.create_topic(logs, 3)
    with backend() as (kept, endpoint), ExitStack() as stack:
        edge = Edge(tmp_path, broker.address, topic, logs)
        edge.start()
        stack.callback(edge.end, signal.SIGKILL)
        port, settings = int(endpoint.rpartition(":")[2]), {"logs": logs, "rum_action": "decision_wait: 16s"}
        for number in range(3):
            stack.enter_context(Worker(tmp_path, broker.address, port, f"w{number}", topic, **settings))
        await is_as_in_one_process(edge.port, kept)


def shipped(name: str, settings: dict[str, str]) -> Collector:
    """A process with a configuration of config/, on ports that are free."""
    listening = {"extensions.health_check.endpoint": "127.0.0.1:0"}
    if name == "kafka-edge":
        listening |= {f"receivers.otlp.protocols.{each}.endpoint": "127.0.0.1:0" for each in ("grpc", "http")}
    pairs = [word for key, value in (listening | settings).items() for word in ("--set", f"{key}={value}")]
    metrics = ("--set", "service.telemetry.metrics.level=none")
    return Collector("--config", str(CONFIG / f"{name}.yaml"), *pairs, showing_metrics=metrics)


async def is_as_in_one_process(port: int, kept: Backend) -> None:
    """Sends recorded sessions to an edge, and waits for all of them behind the workers."""
    captures = [load(path) for path in sorted(GOLDEN.glob("*.json"))]
    alone = [await play(capture) for capture in captures]
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        for capture in captures:
            for _, kind, body in requests_of(capture):
                export: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(METHODS[kind])
                export(body, timeout=20)
    sent = {key for played in alone for key in played.sent}
    wait_until(lambda: sent <= by_key(received(kept.requests)).keys())
    got = by_key(received(kept.requests))
    for played in alone:
        same(played, got)


def received(requests: dict[str, list[bytes]]) -> Iterator[Received]:
    for name in ("traces", "logs"):
        for body in list(requests[name]):
            yield from items_of(Signal(name), body)


def same(alone: Played, got: dict[str, Received]) -> None:
    for key, one in alone.got.items():
        assert got[key].attributes == one.attributes, key


def test_a_session_of_an_hour_keeps_its_views_attributes_over_every_rebalance(broker: Broker, tmp_path: Path) -> None:
    """One owner leaves, the next one is killed, and one comes back that has nothing of it any more."""
    topic = "hour"
    broker.create_topic(topic, 3, {"message.timestamp.type": "CreateTime"})
    with backend() as (kept, endpoint), ExitStack() as stack:
        port = int(endpoint.rpartition(":")[2])
        first, second, third = (Worker(tmp_path, broker.address, port, topic=topic) for _ in range(3))
        write(broker, topic, -HOUR_MS, document())
        stack.enter_context(first)
        wait_until(lambda: committed(broker.address, f"{topic}_workers", topic) >= 1)
        changes = [(first, signal.SIGTERM, second), (second, signal.SIGKILL, third), (third, signal.SIGTERM, first)]
        for number, (owner, end, heir) in enumerate(changes):
            stack.enter_context(heir)
            owner.end(end)
            write(broker, topic, 0, click(number))
            wait_until(lambda: len(clicks_of(kept)) == number + 1)  # noqa: B023
    for own in clicks_of(kept).values():
        assert own["view.name"] == "checkout"
        assert own["user_agent.name"] == "Firefox"


def clicks_of(kept: Backend) -> dict[bytes, dict[str, object]]:
    """The attributes of each click that came."""
    return {span.span_id: attributes(span.attributes) for span in kept.spans() if span.name == "click"}


def write(broker: Broker, topic: str, at_ms: int, request: ExportTraceServiceRequest) -> None:
    """As if it had come then; `at_ms` counts from now."""
    producer = Producer({"bootstrap.servers": broker.address})
    headers: list[tuple[str, str | bytes | None]] = [(SIGNAL_HEADER, "traces")]
    at_ms += int(time.time() * 1000)
    producer.produce(topic, request.SerializeToString(), b"key", partition=0, timestamp=at_ms, headers=headers)
    assert producer.flush(20) == 0


def document() -> ExportTraceServiceRequest:
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0"
    own = {"view.name": "checkout", "user_agent.original": agent}
    return page_span(b"document", "documentLoad", -HOUR_MS, own)


def click(number: int) -> ExportTraceServiceRequest:
    own = {"event_type": "click", "target_element": "BUTTON", "target_xpath": '//*[@id="b"]'}
    return page_span(bytes([*bytes(7), number]), "click", 0, own)


def page_span(span_id: bytes, name: str, at_ms: int, own: dict[str, str]) -> ExportTraceServiceRequest:
    out = ExportTraceServiceRequest()
    group = out.resource_spans.add()
    group.resource.attributes.append(key_value("telemetry.sdk.language", "webjs"))
    scoped = group.scope_spans.add()
    scoped.scope.name = SCOPES[name]
    start_ns = time.time_ns() + at_ms * 10**6
    span = scoped.spans.add(name=name, trace_id=bytes(8) + span_id, span_id=span_id)
    span.start_time_unix_nano, span.end_time_unix_nano = start_ns, start_ns + 10**6
    for key, value in {"session.id": "s", "view.id": "v", **own}.items():
        span.attributes.append(key_value(key, value))
    return out
