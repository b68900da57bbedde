"""Counts actions by their attributes, in bounded memory (the `span_metrics` connector's rules of aggregation)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple

from otelrum.connectors.rum_actions.config import RumActionsConfig
from otelrum.connectors.rum_actions.histogram import ExplicitHistogram, ExponentialHistogram, Histogram
from otelrum.connectors.rum_actions.reading import FinishedAction
from otelrum.otlp.errors import MalformedOtlp
from otelrum.otlp.headers import Headers

SERVICE: Final = "service.name"
_OWN: Final = (SERVICE, "action.name", "action.type")
OVERFLOW: Final = "otel.metric.overflow"

_MAX_TEXT: Final = 256
"""Characters of a value: a page may send a text of any length, and the limit counts series, not bytes."""


class Exemplar(NamedTuple):
    """An action that a histogram has counted."""

    trace_id: bytes
    span_id: bytes
    time_ns: int
    value: float


class Series:
    """The figures of the actions with equal attributes since `start_ns`."""

    __slots__ = (
        "actions", "attributes", "errors", "exemplars", "frustrations", "histogram", "resources", "service",
        "start_ns", "updated_ns",
    )  # fmt: skip

    def __init__(self, service: str, attributes: Mapping[str, object], start_ns: int) -> None:
        self.service = service
        self.attributes = attributes
        self.start_ns = start_ns
        self.updated_ns = start_ns
        self.actions = 0
        self.errors = 0
        self.resources = 0
        self.frustrations: dict[str, int] = {}
        self.histogram: Histogram | None = None
        """None until an action has a loading time."""
        self.exemplars: list[Exemplar] = []

    def take_exemplars(self) -> list[Exemplar]:
        """Those since they were taken last."""
        taken, self.exemplars = self.exemplars, []
        return taken


class SeriesTable:
    """All series of one connector; times are of the wall clock."""

    def __init__(self, config: RumActionsConfig, now_ns: int) -> None:
        self._config = config
        self._is_kept = [key not in config.exclude_dimensions for key in _OWN]
        self._dimensions = config.dimensions
        self._keys = [
            *(key for key in _OWN if key not in config.exclude_dimensions),
            *(dimension.name for dimension in config.dimensions),
        ]
        self._exemplars = config.exemplars.max_per_data_point if config.exemplars.enabled else 0
        self._limit = config.aggregation_cardinality_limit
        self._expiry_ns = int(config.metrics_expiration.total_seconds() * 1e9)
        self._unit_ns = 1e9 if config.histogram.unit == "s" else 1e6
        self._new_histogram = None if config.histogram.disable else _histogram(config)
        self._series: dict[tuple[object, ...], Series] = {}
        self._overflow: Series | None = None
        self._headers = Headers()
        self._began_ns = now_ns

    def __len__(self) -> int:
        return len(self._series) + (self._overflow is not None)

    def add(self, action: FinishedAction, now_ns: int) -> None:
        """Count one action."""
        series = self._of(action, now_ns)
        series.updated_ns = now_ns
        series.actions += 1
        series.errors += action.errors
        series.resources += action.resources
        for kind in action.frustrations:
            series.frustrations[kind] = series.frustrations.get(kind, 0) + 1
        if action.loading_ns >= 0 and self._new_histogram is not None:
            if series.histogram is None:
                series.histogram = self._new_histogram()
            value = action.loading_ns / self._unit_ns
            series.histogram.record(value)
            if len(series.exemplars) < self._exemplars:
                series.exemplars.append(Exemplar(action.own_trace_id, action.own_span_id, action.end_ns, value))

    def collect(self, now_ns: int) -> Iterator[Series]:
        """What is due now. With delta temporality all begins anew, else each goes on until it has expired."""
        if self._config.is_delta:
            series, self._series, self._began_ns = self._series, {}, now_ns
        else:
            series = self._series = {key: one for key, one in self._series.items() if not self._is_expired(one, now_ns)}
        overflow = self._overflow
        if self._config.is_delta:
            self._overflow = None
        yield from series.values()
        if overflow is not None:
            yield overflow

    def _is_expired(self, series: Series, now_ns: int) -> bool:
        return bool(self._expiry_ns) and now_ns - series.updated_ns >= self._expiry_ns

    def _of(self, action: FinishedAction, now_ns: int) -> Series:
        """The series of an action; beyond the limit one for all that are new."""
        resource = self._resource(action.resource)
        service, name, type = _text(resource.get(SERVICE, "")), action.name[:_MAX_TEXT], action.type[:_MAX_TEXT]
        values: list[object] = [service, name, type]
        values = [value for value, is_kept in zip(values, self._is_kept, strict=True) if is_kept]
        for dimension in self._dimensions:
            value = action.attributes.get(dimension.name, resource.get(dimension.name, dimension.default))
            values.append(None if value is None else _value(value))
        key = (service, *values)
        series = self._series.get(key)
        if series is not None:
            return series
        if self._limit and len(self._series) >= self._limit:
            if self._overflow is None:
                self._overflow = Series("", {OVERFLOW: True}, self._start_ns(now_ns))
            return self._overflow
        attributes = {key: value for key, value in zip(self._keys, values, strict=True) if value is not None}
        series = self._series[key] = Series(service, attributes, self._start_ns(now_ns))
        return series

    def _start_ns(self, now_ns: int) -> int:
        return self._began_ns if self._config.is_delta else now_ns

    def _resource(self, header: bytes) -> dict[str, object]:
        try:
            return self._headers.resource(header)
        except MalformedOtlp:
            return {}


def _histogram(config: RumActionsConfig) -> Callable[[], Histogram]:
    shape = config.histogram
    if shape.exponential is not None:
        size = shape.exponential.max_size
        return lambda: ExponentialHistogram(size)
    unit_s = 1.0 if shape.unit == "s" else 1e-3
    bounds = [bucket.total_seconds() / unit_s for bucket in shape.bounds]
    return lambda: ExplicitHistogram(bounds)


def _value(value: object) -> object:
    """A value of a data point's attribute: what is no scalar is its text."""
    return value if isinstance(value, int | float) else _text(value)


def _text(value: object) -> str:
    return (value if isinstance(value, str) else json.dumps(value, default=str))[:_MAX_TEXT]
