"""The settings of every Kafka client: brokers, client id, TLS, SASL. Keys are the OpenTelemetry Collector's.

The client is librdkafka (confluent-kafka), which the extra `otelrum[kafka]` installs.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import wraps
from types import MappingProxyType
from typing import Any, Literal

from pydantic import Field, SecretStr, field_validator

from otelrum.collector.addresses import host_and_port
from otelrum.collector.component import Build, Component
from otelrum.collector.errors import ConfigError
from otelrum.collector.sections import ClientTls, Duration, Section
from otelrum.otlp.batch import Signal

Properties = dict[str, str | int | float | bool]

Create = Callable[[Any, Build], Component]

SIGNAL_HEADER = "otelrum.signal"
"""Says what a message is where one topic has several signals: `traces`, `logs` or `metrics`."""

CLIENT_HEADER = "otelrum.client"
"""The address of who sent the request; what the receiver kept of its headers stands under their own names."""


SAME_S = 60.0
"""Shortest time between two messages of one kind."""

DEFAULT_TOPICS: Mapping[Signal, str] = MappingProxyType(
    {Signal.TRACES: "otlp_spans", Signal.LOGS: "otlp_logs", Signal.METRICS: "otlp_metrics"}
)
"""The OpenTelemetry Collector's."""


class Sasl(Section):
    """A name, a password, and how they are shown."""

    username: str
    password: SecretStr
    mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"


class KafkaAuth(Section):
    """`auth`; client certificates stand under `tls`."""

    sasl: Sasl | None = None


class Metadata(Section):
    """How often the client looks for new brokers and partitions."""

    refresh_interval: Duration = timedelta(minutes=10)


class TopicConfig(Section):
    """How requests of one signal are written."""

    encoding: Literal["otlp_proto", "otlp_json"] = "otlp_proto"


_NOT_IN_CLIENT = frozenset({"server_name_override", "min_version", "reload_interval"})
"""Keys of `tls` that librdkafka lacks: to accept them and do nothing would be worse than an error."""


class KafkaClientConfig(Section):
    """What receiver and exporter have in common."""

    brokers: list[str] = Field(default=["localhost:9092"], min_length=1)
    client_id: str = "otelrum"
    tls: ClientTls | None = None
    auth: KafkaAuth = KafkaAuth()
    metadata: Metadata = Metadata()

    @field_validator("brokers")
    @classmethod
    def _addresses(cls, brokers: list[str]) -> list[str]:
        for broker in brokers:
            host_and_port(broker)
        return brokers

    @field_validator("tls")
    @classmethod
    def _can_be_done(cls, tls: ClientTls | None) -> ClientTls | None:
        if tls is not None and (unknown := tls.model_fields_set & _NOT_IN_CLIENT):
            raise ValueError(f"Kafka's client has no such setting: {', '.join(sorted(unknown))}")
        return tls

    def client_properties(self) -> Properties:
        """The client's settings under librdkafka's names."""
        return {
            "bootstrap.servers": ",".join(self.brokers),
            "client.id": self.client_id,
            "topic.metadata.refresh.interval.ms": milliseconds(self.metadata.refresh_interval),
            "security.protocol": _protocol(self.tls, self.auth.sasl),
            **(_tls_properties(self.tls) if self.tls else {}),
            **(_sasl_properties(self.auth.sasl) if self.auth.sasl else {}),
        }


class SeldomSame(logging.Filter):
    """Lets a message of one kind through once a minute: the client says twenty times a second that a broker is away."""

    def __init__(self) -> None:
        super().__init__()
        self._said_s: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        kind = record.getMessage().partition(" ")[0]
        if record.created - self._said_s.get(kind, 0.0) < SAME_S:
            return False
        self._said_s[kind] = record.created
        return True


def client_log(log: logging.Logger) -> logging.Logger:
    """Where the client logs: a child of the component's log that does not repeat itself."""
    child = log.getChild("client")
    if not child.filters:
        child.addFilter(SeldomSame())
    return child


def milliseconds(duration: timedelta) -> int:
    """A duration as librdkafka wants it."""
    return int(duration.total_seconds() * 1000)


def _protocol(tls: ClientTls | None, sasl: Sasl | None) -> str:
    is_encrypted = tls is not None and not tls.insecure
    return ("SASL_" if sasl else "") + ("SSL" if is_encrypted else "PLAINTEXT")


def _tls_properties(tls: ClientTls) -> Properties:
    files: Properties = {
        "ssl.ca.location": tls.ca_file,
        "ssl.certificate.location": tls.cert_file,
        "ssl.key.location": tls.key_file,
    }
    properties: Properties = {name: file for name, file in files.items() if file}
    if tls.insecure_skip_verify:
        properties["enable.ssl.certificate.verification"] = False
    return properties


def _sasl_properties(sasl: Sasl) -> Properties:
    return {
        "sasl.mechanism": sasl.mechanism,
        "sasl.username": sasl.username,
        "sasl.password": sasl.password.get_secret_value(),
    }


def needs_client(create: Create) -> Create:
    """Wrap a factory's `create`: where the client is missing, the error says what to install."""

    @wraps(create)
    def checked(config: Any, build: Build) -> Component:
        try:
            return create(config, build)
        except ImportError as error:
            raise ConfigError("the Kafka client is not installed: pip install 'otelrum[kafka]'") from error

    return checked
