"""Exporter `otlp_grpc`, also known as `otlp`: OTLP over gRPC."""

from otelrum.collector.component import Factory
from otelrum.exporters.otlp_grpc.config import OtlpGrpcConfig
from otelrum.exporters.otlp_grpc.exporter import create

FACTORY = Factory(type="otlp_grpc", config=OtlpGrpcConfig, create=create, aliases=("otlp",))
