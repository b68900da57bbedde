"""Processor `attributes`: changes the attributes of spans, log records and data points."""

from otelrum.collector.component import Build, Factory
from otelrum.collector.rewriting import Rewriting
from otelrum.processors.attributes.config import AttributesConfig
from otelrum.processors.attributes.items import ItemEditor


def _create(config: AttributesConfig, build: Build) -> Rewriting:
    return Rewriting(ItemEditor(config).rewrite)


FACTORY = Factory(type="attributes", config=AttributesConfig, create=_create)
