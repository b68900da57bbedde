"""Receiver `otlp`: OTLP over gRPC and HTTP."""

from otelrum.collector.component import Factory
from otelrum.receivers.otlp.config import OtlpReceiverConfig
from otelrum.receivers.otlp.receiver import OtlpReceiver

FACTORY = Factory(type="otlp", config=OtlpReceiverConfig, create=OtlpReceiver)
