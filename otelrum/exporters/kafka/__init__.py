"""Exporter `kafka`: what a session sends is in one partition."""

from otelrum.collector.component import Build, Component, Factory
from otelrum.collector.kafka import needs_client
from otelrum.exporters.kafka.config import KafkaExporterConfig


@needs_client
def _create(config: KafkaExporterConfig, build: Build) -> Component:
    from otelrum.exporters.kafka.transport import create

    return create(config, build)


FACTORY = Factory(type="kafka", config=KafkaExporterConfig, create=_create)
