"""Makes Kafka's clients: what they do not take of a configuration is a mistake in that.

Imported by who needs a client, because the extra `otelrum[kafka]` may be missing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

from confluent_kafka import Consumer, KafkaException, Producer

from otelrum.collector.errors import ConfigError
from otelrum.collector.kafka import Properties, client_log

C = TypeVar("C", Consumer, Producer)


def new_consumer(properties: Properties, log: logging.Logger) -> Consumer:
    """Raises ConfigError."""
    return _made(Consumer, properties, log)


def new_producer(properties: Properties, log: logging.Logger) -> Producer:
    """Raises ConfigError."""
    return _made(Producer, properties, log)


def _made(create: Callable[..., C], properties: Properties, log: logging.Logger) -> C:
    try:
        return create(dict(properties), logger=client_log(log))
    except KafkaException as error:  # a file that is not there, strategies that do not go together
        raise ConfigError(error.args[0].str()) from error
