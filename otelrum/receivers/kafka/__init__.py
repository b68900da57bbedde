"""Receiver `kafka`: the topic is the journal of what is held."""

from otelrum.collector.component import Build, Component, Factory
from otelrum.collector.kafka import needs_client
from otelrum.receivers.kafka.config import KafkaReceiverConfig


@needs_client
def _create(config: KafkaReceiverConfig, build: Build) -> Component:
    from otelrum.receivers.kafka.receiver import KafkaReceiver

    return KafkaReceiver(config, build)


FACTORY = Factory(type="kafka", config=KafkaReceiverConfig, create=_create)
