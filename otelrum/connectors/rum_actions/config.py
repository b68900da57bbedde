"""What a user can set on `rum_actions`; of the metrics as on the OpenTelemetry Collector's `span_metrics` connector."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Literal

from pydantic import Field, field_validator, model_validator

from otelrum.collector.sections import Duration, Section

Temporality = Literal["AGGREGATION_TEMPORALITY_CUMULATIVE", "AGGREGATION_TEMPORALITY_DELTA"]

_BUCKETS_MS = (2, 4, 6, 8, 10, 50, 100, 200, 400, 800, 1000, 1400, 2000, 5000, 10_000, 15_000)
"""The buckets of `span_metrics`; an action lasts 10 s at most, a custom one longer."""


def _default_buckets() -> list[timedelta]:
    return [timedelta(milliseconds=bucket) for bucket in _BUCKETS_MS]


class ExplicitConfig(Section):
    """Upper bounds of the buckets."""

    buckets: list[Duration] = Field(default_factory=_default_buckets, min_length=1)

    @field_validator("buckets")
    @classmethod
    def _grow(cls, buckets: list[timedelta]) -> list[timedelta]:
        if any(after <= before for before, after in pairwise(buckets)):
            raise ValueError("each bucket must end after the one before it")
        return buckets


class ExponentialConfig(Section):
    """How many buckets, each larger than the one before by the same factor."""

    max_size: int = Field(default=160, ge=2)


class HistogramConfig(Section):
    """The shape of `rum.action.loading_time`."""

    disable: bool = False
    unit: Literal["ms", "s"] = "s"
    explicit: ExplicitConfig | None = None
    exponential: ExponentialConfig | None = None

    @model_validator(mode="after")
    def _one_shape(self) -> HistogramConfig:
        if self.explicit is not None and self.exponential is not None:
            raise ValueError("explicit and exponential are two shapes: take one")
        return self

    @property
    def bounds(self) -> list[timedelta]:
        """The bounds of the explicit buckets."""
        return (self.explicit or ExplicitConfig()).buckets


class DimensionConfig(Section):
    """An attribute of the action's span, else of its resource, that the metrics have too."""

    name: str = Field(min_length=1)
    default: str | None = None


class ExemplarsConfig(Section):
    """Links from a histogram to actions."""

    enabled: bool = False
    max_per_data_point: int = Field(default=5, ge=1)


class RumActionsConfig(Section):
    """`inherit` is that of `rum_action`: what of it stands on an action is written too."""

    span_kind: Literal["internal", "server", "client", "producer", "consumer"] = "internal"
    inherit: list[str] = ["context.*", "usr.*", "enduser.*", "user.*"]
    histogram: HistogramConfig = HistogramConfig()
    dimensions: list[DimensionConfig] = []
    exclude_dimensions: list[str] = []
    aggregation_cardinality_limit: int = Field(default=2000, ge=0)
    aggregation_temporality: Temporality = "AGGREGATION_TEMPORALITY_CUMULATIVE"
    metrics_flush_interval: Duration = Field(default=timedelta(seconds=60), gt=timedelta(0))
    metrics_expiration: Duration = timedelta(0)
    exemplars: ExemplarsConfig = ExemplarsConfig()

    @field_validator("span_kind", mode="before")
    @classmethod
    def _kind_in_other_words(cls, value: object) -> object:
        """`SERVER` and `SPAN_KIND_SERVER`, as other components write it, are understood too."""
        return value.lower().removeprefix("span_kind_") if isinstance(value, str) else value

    @field_validator("aggregation_temporality", mode="before")
    @classmethod
    def _short_name(cls, value: object) -> object:
        """`cumulative` and `delta` are understood too."""
        if isinstance(value, str) and value in ("cumulative", "delta"):
            return f"AGGREGATION_TEMPORALITY_{value.upper()}"
        return value

    @property
    def is_delta(self) -> bool:
        return self.aggregation_temporality == "AGGREGATION_TEMPORALITY_DELTA"
