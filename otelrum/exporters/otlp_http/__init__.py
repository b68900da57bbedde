"""Exporter `otlp_http`, also known as `otlphttp`: OTLP over HTTP."""

from otelrum.collector.component import Factory
from otelrum.exporters.otlp_http.config import OtlpHttpConfig
from otelrum.exporters.otlp_http.exporter import create

FACTORY = Factory(type="otlp_http", config=OtlpHttpConfig, create=create, aliases=("otlphttp",))
