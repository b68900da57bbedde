"""Exporter `debug`: shows in the log what arrives."""

from otelrum.collector.component import Factory
from otelrum.exporters.debug.config import DebugConfig
from otelrum.exporters.debug.exporter import DebugExporter

FACTORY = Factory(type="debug", config=DebugConfig, create=DebugExporter)
