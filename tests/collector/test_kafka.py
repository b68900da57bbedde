"""The settings of Kafka's clients."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from pydantic import ValidationError

from otelrum.collector.clock import SystemClock
from otelrum.collector.component import Build, Component
from otelrum.collector.errors import ConfigError
from otelrum.collector.kafka import SAME_S, KafkaClientConfig, SeldomSame, needs_client
from otelrum.testing import build

SASL = {"auth": {"sasl": {"username": "shop", "password": "secret"}}}


def properties(**settings: Any) -> dict[str, Any]:
    return dict(KafkaClientConfig.model_validate(settings).client_properties())


def test_without_tls_and_a_password_the_connection_is_plain() -> None:
    assert properties()["security.protocol"] == "PLAINTEXT"


def test_a_section_tls_switches_tls_on_unless_it_is_insecure() -> None:
    assert properties(tls={})["security.protocol"] == "SSL"
    assert properties(tls={"insecure": True})["security.protocol"] == "PLAINTEXT"


def test_certificates_go_to_the_client() -> None:
    settings = properties(tls={"ca_file": "ca", "cert_file": "cert", "key_file": "key"})
    files = ("ssl.ca.location", "ssl.certificate.location", "ssl.key.location")
    assert [settings[name] for name in files] == ["ca", "cert", "key"]


def test_a_name_and_a_password_go_over_tls_where_there_is_tls() -> None:
    assert properties(**SASL)["security.protocol"] == "SASL_PLAINTEXT"
    settings = properties(**SASL, tls={})
    assert settings["security.protocol"] == "SASL_SSL"
    assert (settings["sasl.mechanism"], settings["sasl.username"], settings["sasl.password"]) == (
        "SCRAM-SHA-512",
        "shop",
        "secret",
    )


@pytest.mark.parametrize(
    "settings", [{"server_name_override": "kafka"}, {"min_version": "1.3"}, {"reload_interval": "1h"}]
)
def test_what_the_client_cannot_do_about_tls_is_an_error_at_start(settings: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="Kafka's client has no such setting"):
        properties(tls=settings)


@pytest.mark.parametrize("broker", ["kafka", "kafka:99999", ""])
def test_a_broker_without_an_address_is_reported_at_start(broker: str) -> None:
    with pytest.raises(ValidationError):
        properties(brokers=[broker])


def test_without_the_client_it_says_what_to_install() -> None:
    @needs_client
    def create(config: object, build: Build) -> Component:
        raise ImportError("confluent_kafka")

    with pytest.raises(ConfigError, match=r"pip install 'otelrum\[kafka\]'"):
        create(None, build("kafka", SystemClock()))


def test_a_message_of_one_kind_is_logged_once_a_minute() -> None:
    seldom = SeldomSame()

    def passes(message: str, at_s: float) -> bool:
        record = logging.LogRecord("kafka", logging.ERROR, "", 0, message, None, None)
        record.created = at_s
        return seldom.filter(record)

    assert [passes("FAIL one", 1000), passes("FAIL two", 1001), passes("GETPID", 1002)] == [True, False, True]
    assert passes("FAIL three", 1000 + SAME_S)
