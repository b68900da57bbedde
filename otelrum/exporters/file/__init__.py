"""Exporter `file`: OTLP JSON, one request a line."""

from otelrum.collector.component import Factory
from otelrum.exporters.file.config import FileConfig
from otelrum.exporters.file.exporter import FileExporter

FACTORY = Factory(type="file", config=FileConfig, create=FileExporter)
