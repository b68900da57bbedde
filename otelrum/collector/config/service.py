"""What a user can set in the `service` section, with the OpenTelemetry Collector's keys and defaults."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from otelrum.collector.sections import AnyCase, Duration, Endpoint, OnMachine, Secrets, Section

Level = Annotated[Literal["none", "basic", "normal", "detailed"], AnyCase]
LogLevel = Annotated[Literal["debug", "info", "warn", "error", "dpanic", "panic", "fatal"], AnyCase]


class PipelineConfig(Section):
    """One pipeline; the processors in the order of the data."""

    receivers: list[str] = []
    processors: list[str] = []
    exporters: list[str] = []


class LogsConfig(Section):
    """The collector's own log. What is worse than an error ends the process, and is logged as one."""

    level: LogLevel = "info"
    encoding: Literal["console", "json"] = "console"
    output_paths: list[str] = ["stderr"]


class PrometheusConfig(Section):
    """Where Prometheus finds the metrics; the `without_` keys say how names look, which is no choice here."""

    host: Annotated[str, OnMachine.HOST] = "localhost"
    port: int = Field(default=8888, ge=0, le=65535)
    without_type_suffix: Literal[True] = True
    without_units: Literal[True] = True
    without_scope_info: Literal[True] = True


class PullExporter(Section):
    prometheus: PrometheusConfig = PrometheusConfig()


class PullReader(Section):
    exporter: PullExporter


class OtlpPushConfig(Section):
    """Where metrics are sent. `headers` may be a list of names and values, as OpenTelemetry's configuration has it."""

    protocol: Literal["grpc", "http/protobuf"] = "http/protobuf"
    endpoint: str = Field(min_length=1)
    insecure: bool = False
    headers: Secrets = {}

    @field_validator("headers", mode="before")
    @classmethod
    def _by_name(cls, headers: object) -> object:
        if isinstance(headers, list) and all(
            isinstance(each, dict) and set(each) == {"name", "value"} for each in headers
        ):
            return {str(each["name"]): each["value"] for each in headers}
        return headers


class PushExporter(Section):
    otlp: OtlpPushConfig


class PeriodicReader(Section):
    """Sends every `interval` milliseconds; both are plain numbers, as OpenTelemetry's configuration has them."""

    interval: int = Field(default=60_000, gt=0)
    timeout: int = Field(default=30_000, gt=0)
    exporter: PushExporter


class MetricReader(Section):
    """One way out for metrics."""

    pull: PullReader | None = None
    periodic: PeriodicReader | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> MetricReader:
        if (self.pull is None) == (self.periodic is None):
            raise ValueError("one of pull and periodic must be there")
        return self


def _default_readers(metrics: dict[str, Any]) -> list[MetricReader]:
    """`address` is a reader already."""
    if metrics.get("address"):
        return []
    return [MetricReader(pull=PullReader(exporter=PullExporter(prometheus=PrometheusConfig())))]


class MetricsConfig(Section):
    """The collector's own metrics; `address` is the older way to say where Prometheus finds them."""

    level: Level = "normal"
    address: Endpoint | None = None
    readers: list[MetricReader] = Field(default_factory=_default_readers)

    @model_validator(mode="after")
    def _a_reader_when_there_is_a_level(self) -> MetricsConfig:
        if self.level != "none" and not self.readers and not self.address:
            raise ValueError("readers must not be empty unless level is none")
        if self.address and self.readers:
            raise ValueError("address and readers are two ways to say the same: take one")
        return self


class TelemetryConfig(Section):
    """The collector's own telemetry."""

    logs: LogsConfig = LogsConfig()
    metrics: MetricsConfig = MetricsConfig()
    resource: dict[str, str | None] = {}


class ServiceConfig(Section):
    """`shutdown_timeout` is the one time that everything has, from the signal to the end: by then all that
    is held was decided and sent, or it is counted as dropped. Kubernetes kills a
    pod after 30 s, so it is less.
    """

    extensions: list[str] = []
    pipelines: dict[str, PipelineConfig | None] = {}
    telemetry: TelemetryConfig = TelemetryConfig()
    shutdown_timeout: Duration = timedelta(seconds=25)

    @model_validator(mode="after")
    def _something_to_do(self) -> ServiceConfig:
        if not self.pipelines:
            raise ValueError("at least one pipeline must be there")
        return self
