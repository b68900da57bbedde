"""TLS and passwords with a real broker: what the exporter writes so, the receiver reads so, its state too."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from otelrum.collector.clock import SystemClock
from otelrum.collector.errors import RetryableError
from otelrum.exporters.kafka.config import KafkaExporterConfig
from otelrum.exporters.kafka.transport import create
from otelrum.otlp.batch import Batch, Signal
from otelrum.testing import Extensions, RecordingConsumer, build
from tests.conftest import span_request
from tests.kafka.broker import PASSWORD, USER, Broker
from tests.kafka.client import until
from tests.kafka.conftest import Receive
from tests.kafka.keys import Keys

pytestmark = pytest.mark.anyio

Settings = dict[str, Any]


def trusting(keys: Keys) -> Settings:
    return {"tls": {"ca_file": str(keys.authority.certificate)}}


def certified(broker: Broker) -> Settings:
    pair = broker.keys.client
    tls = {**trusting(broker.keys)["tls"], "cert_file": str(pair.certificate), "key_file": str(pair.key)}
    return {"brokers": [broker.tls_address], "tls": tls}


def named(broker: Broker, mechanism: str, password: str = PASSWORD) -> Settings:
    sasl = {"username": USER, "password": password, "mechanism": mechanism}
    return {"brokers": [broker.sasl_address], "auth": {"sasl": sasl}, **trusting(broker.keys)}


def settings(broker: Broker, way: str) -> Settings:
    return certified(broker) if way == "certificate" else named(broker, way)


async def send(topic: str, request: bytes, settings: Settings) -> None:
    """One request through an exporter of its own, with a log of its own: the client repeats no message for a minute.

    Raises RetryableError where the brokers do not take it.
    """
    config = KafkaExporterConfig.model_validate(
        {
            "traces": {"topic": topic},
            "sending_queue": {"enabled": False},
            "retry_on_failure": {"enabled": False},
            "timeout": "8s",
            **settings,
        }
    )
    exporter = create(config, build(f"kafka/{topic}", SystemClock()))
    await exporter.start(Extensions())
    try:
        await exporter.consume(Batch(Signal.TRACES, request))
    finally:
        await exporter.shutdown(0)


@pytest.mark.parametrize("way", ["certificate", "PLAIN", "SCRAM-SHA-512"])
async def test_what_is_written_so_is_read_so(
    broker: Broker, topic: str, receive: Receive, sink: RecordingConsumer, way: str
) -> None:
    request = span_request(2)
    await send(topic, request, settings(broker, way))
    await receive(sink, **settings(broker, way))
    await until(lambda: len(sink.batches) == 1)
    assert sink.batches[0].data == request


async def test_a_broker_that_nobody_vouches_for_gets_nothing(
    broker: Broker, topic: str, caplog: pytest.LogCaptureFixture
) -> None:
    tls = {"ca_file": str(broker.keys.stranger.certificate)}
    with caplog.at_level(logging.ERROR), pytest.raises(RetryableError):
        await send(topic, span_request(1), {**named(broker, "PLAIN"), "tls": tls, "timeout": "1s"})
    assert "certificate verify failed" in caplog.text


async def test_a_wrong_password_is_logged(broker: Broker, topic: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR), pytest.raises(RetryableError):
        await send(topic, span_request(1), {**named(broker, "SCRAM-SHA-512", "a guess"), "timeout": "2s"})
    assert "Authentication failed" in caplog.text
