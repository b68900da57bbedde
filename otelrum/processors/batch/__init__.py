"""Processor `batch`: joins small requests into large ones."""

from otelrum.collector.component import Factory
from otelrum.processors.batch.config import BatchConfig
from otelrum.processors.batch.processor import BatchProcessor

FACTORY = Factory(type="batch", config=BatchConfig, create=BatchProcessor)
