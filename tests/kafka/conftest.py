"""One real broker for all tests of this folder, and topics of their own for each."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from otelrum.collector.clock import SystemClock
from otelrum.collector.component import Consumer
from otelrum.collector.telemetry import Telemetry
from otelrum.otlp.batch import Signal
from otelrum.receivers.kafka.config import KafkaReceiverConfig
from otelrum.receivers.kafka.receiver import KafkaReceiver
from otelrum.testing import Extensions, build
from tests.kafka.broker import LIBRARIES, Broker

if not LIBRARIES.is_dir():
    raise pytest.UsageError("tests/kafka has no broker: `make test-kafka` fetches it (Java 17 and Maven)")

_NAMES = itertools.count()


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with Broker(tmp_path_factory.mktemp("broker")) as running:
        yield running


@pytest.fixture
def topic(broker: Broker) -> str:
    """A topic with three partitions."""
    name = f"topic-{next(_NAMES)}"
    broker.create_topic(name, 3)
    return name


Receive = Callable[..., Any]


@pytest.fixture
async def receive(broker: Broker, topic: str, tmp_path: Path) -> AsyncIterator[Receive]:
    """Starts members of one group that read the topic."""
    running: list[KafkaReceiver] = []

    async def start(
        consumer: Consumer, telemetry: Telemetry | None = None, host: Extensions | None = None, **settings: Any
    ) -> KafkaReceiver:
        config = KafkaReceiverConfig.model_validate(
            {
                "brokers": [broker.address],
                "group_id": topic,
                "initial_offset": "earliest",
                "session_timeout": "6s",
                "heartbeat_interval": "500ms",
                "traces": {"topics": [topic]},
                "logs": {"topics": [topic]},
                "autocommit": {"interval": "100ms"},
                "error_backoff": {"initial_interval": "50ms", "max_interval": "100ms"},
                "state": {"topic": f"{topic}-state"},
                **settings,
            }
        )
        receiver = KafkaReceiver(config, build("kafka", SystemClock(), telemetry))
        receiver.connect(Signal.TRACES, consumer)
        running.append(receiver)
        await receiver.start(host or Extensions())
        return receiver

    yield start
    for receiver in running:
        await receiver.shutdown(0)
