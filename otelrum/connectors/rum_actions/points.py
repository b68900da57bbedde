"""Writes series as OTLP metrics: the only list of the metrics of actions (SPEC section 14)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    AggregationTemporality,
    ExponentialHistogramDataPoint,
    Metric,
    NumberDataPoint,
    ScopeMetrics,
)

from otelrum.connectors.rum_actions.config import RumActionsConfig
from otelrum.connectors.rum_actions.series import SERVICE, Series
from otelrum.otlp.batch import Batch, Signal
from otelrum.otlp.values import key_value

LOADING_TIME: Final = "rum.action.loading_time"
ACTIONS: Final = "rum.actions"
ERRORS: Final = "rum.action.errors"
RESOURCES: Final = "rum.action.resources"
FRUSTRATIONS: Final = "rum.action.frustrations"
FRUSTRATION: Final = "action.frustration.type"

DESCRIPTIONS: Final[Mapping[str, str]] = {
    LOADING_TIME: "time from an interaction until its page was idle",
    ACTIONS: "finished actions",
    ERRORS: "errors in actions",
    RESOURCES: "resources that actions loaded",
    FRUSTRATIONS: "actions with a frustration, by its type",
}
_UNITS: Final = {ACTIONS: "{action}", ERRORS: "{error}", RESOURCES: "{resource}", FRUSTRATIONS: "{action}"}


class MetricsRequest:
    """Puts series into one request, below the service that they are of."""

    def __init__(self, config: RumActionsConfig, now_ns: int) -> None:
        self._unit = config.histogram.unit
        self._now_ns = now_ns
        self._temporality = (
            AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA
            if config.is_delta
            else AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE
        )
        self._request = ExportMetricsServiceRequest()
        self._scopes: dict[str, ScopeMetrics] = {}
        self._metrics: dict[tuple[str, str], Metric] = {}

    def add(self, series: Iterable[Series]) -> MetricsRequest:
        for one in series:
            pairs = [key_value(key, value) for key, value in one.attributes.items()]
            self._count(ACTIONS, one, pairs, one.actions)
            self._count(ERRORS, one, pairs, one.errors)
            self._count(RESOURCES, one, pairs, one.resources)
            for kind, count in one.frustrations.items():
                self._count(FRUSTRATIONS, one, [*pairs, key_value(FRUSTRATION, kind)], count)
            self._loading_time(one, pairs)
        return self

    def batch(self) -> Batch:
        return Batch(Signal.METRICS, self._request.SerializeToString(), items=len(self._metrics))

    def _count(self, name: str, series: Series, pairs: list[KeyValue], count: int) -> None:
        metric = self._metric(name, series.service, _UNITS[name])
        metric.sum.is_monotonic = True
        metric.sum.aggregation_temporality = self._temporality
        metric.sum.data_points.append(
            NumberDataPoint(
                attributes=pairs,
                start_time_unix_nano=series.start_ns,
                time_unix_nano=self._now_ns,
                as_int=count,
            )
        )

    def _loading_time(self, series: Series, pairs: list[KeyValue]) -> None:
        if series.histogram is None:
            return
        point = series.histogram.point()
        point.attributes.extend(pairs)
        point.start_time_unix_nano, point.time_unix_nano = series.start_ns, self._now_ns
        for one in series.take_exemplars():
            point.exemplars.add(
                trace_id=one.trace_id, span_id=one.span_id, time_unix_nano=one.time_ns, as_double=one.value
            )
        metric = self._metric(LOADING_TIME, series.service, self._unit)
        if isinstance(point, ExponentialHistogramDataPoint):
            metric.exponential_histogram.aggregation_temporality = self._temporality
            metric.exponential_histogram.data_points.append(point)
        else:
            metric.histogram.aggregation_temporality = self._temporality
            metric.histogram.data_points.append(point)

    def _metric(self, name: str, service: str, unit: str) -> Metric:
        found = self._metrics.get((name, service))
        if found is None:
            found = self._scope(service).metrics.add(name=name, description=DESCRIPTIONS[name], unit=unit)
            self._metrics[name, service] = found
        return found

    def _scope(self, service: str) -> ScopeMetrics:
        found = self._scopes.get(service)
        if found is None:
            group = self._request.resource_metrics.add()
            if service:
                group.resource.attributes.append(key_value(SERVICE, service))
            found = self._scopes[service] = group.scope_metrics.add()
            found.scope.name = "otelrum"
        return found
