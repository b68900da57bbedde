"""How the metrics leave: what `service::telemetry::metrics` asks for, loaded only when it does."""

from __future__ import annotations

from collections.abc import Mapping

from otelrum.collector.clock import Clock
from otelrum.collector.component import Component
from otelrum.collector.config.service import MetricReader, TelemetryConfig
from otelrum.collector.errors import ConfigError
from otelrum.collector.process import offer_process_metrics
from otelrum.collector.telemetry import Telemetry


def metric_readers(config: TelemetryConfig, telemetry: Telemetry, clock: Clock) -> list[Component]:
    """One component a reader. Raises ConfigError when a reader's library is not installed."""
    if config.metrics.level == "none":
        return []
    offer_process_metrics(telemetry, clock)
    if config.metrics.address:
        return [_prometheus(config.metrics.address, telemetry)]
    resource = {key: value for key, value in config.resource.items() if value is not None}
    return [_reader(reader, telemetry, clock, resource) for reader in config.metrics.readers]


def _reader(reader: MetricReader, telemetry: Telemetry, clock: Clock, resource: Mapping[str, str]) -> Component:
    if reader.pull is not None:
        prometheus = reader.pull.exporter.prometheus
        return _prometheus(f"{prometheus.host}:{prometheus.port}", telemetry)
    assert reader.periodic is not None, "one of both is there"
    try:
        from otelrum.collector.otlp_push import OtlpPush

        return OtlpPush(reader.periodic, telemetry, clock, resource)
    except ImportError as error:
        raise ConfigError(f"service::telemetry::metrics::readers: periodic: {error}") from error


def _prometheus(endpoint: str, telemetry: Telemetry) -> Component:
    from otelrum.collector.prometheus import Prometheus

    return Prometheus(endpoint, telemetry)
