"""Processor `resource`: changes the attributes of resources."""

from otelrum.collector.component import Build, Factory
from otelrum.collector.rewriting import Rewriting
from otelrum.processors.resource.config import ResourceConfig
from otelrum.processors.resource.resources import ResourceEditor


def _create(config: ResourceConfig, build: Build) -> Rewriting:
    return Rewriting(ResourceEditor(config.attributes).rewrite)


FACTORY = Factory(type="resource", config=ResourceConfig, create=_create)
