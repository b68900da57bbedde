"""Actions are counted by their attributes, as `span_metrics` counts spans."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric

from otelrum.connectors.rum_actions.config import RumActionsConfig
from otelrum.connectors.rum_actions.points import MetricsRequest
from otelrum.connectors.rum_actions.reading import ActionReader
from otelrum.connectors.rum_actions.series import Series, SeriesTable
from otelrum.otlp.batch import Batch
from otelrum.otlp.values import attributes
from tests.connectors.rum_actions.made import MS, T0_NS, counts, facts, id_of, metrics_of, points_of, spans

SECOND_NS = 10**9


class Table:
    """A table and the metrics that are made of it, at times of seconds."""

    def __init__(self, **settings: Any) -> None:
        self.config = RumActionsConfig.model_validate(settings)
        self.series = SeriesTable(self.config, 0)
        self._reader = ActionReader(dimension.name for dimension in self.config.dimensions)

    def add(self, *batches: Batch, at_s: float = 0) -> Table:
        for batch in batches:
            for action in self._reader.actions(batch):
                self.series.add(action, int(at_s * SECOND_NS))
        return self

    def reported(self, at_s: float = 60) -> Batch:
        now_ns = int(at_s * SECOND_NS)
        return MetricsRequest(self.config, now_ns).add(self.series.collect(now_ns)).batch()

    def collected(self, at_s: float) -> list[Series]:
        return list(self.series.collect(int(at_s * SECOND_NS)))


def the_metric(batch: Batch, name: str) -> Metric:
    (found,) = [metric for metric in metrics_of([batch]) if metric.name == name]
    return found


def test_actions_errors_resources_and_frustrations_are_counted_by_service_name_and_type() -> None:
    own = Table().add(
        spans(
            facts(1, action_resource_count=3, action_error_count=1, action_frustration_type=["error_click"]),
            facts(2, action_resource_count=4, action_frustration_type=["error_click", "rage_click"]),
            facts(3, action_type="custom"),
        ),
        spans(facts(4), service="other"),
    )
    batches, by = [own.reported()], ("service.name", "action.name", "action.type")
    pay = ("shop", "Click on Pay", "click")
    others = {("shop", "Click on Pay", "custom"): 1, ("other", "Click on Pay", "click"): 1}
    assert counts(batches, "rum.actions", *by) == {pay: 2, **others}
    assert counts(batches, "rum.action.resources", *by)[pay] == 7
    assert counts(batches, "rum.action.errors", *by)[pay] == 1
    assert counts(batches, "rum.action.frustrations", *by, "action.frustration.type") == {
        (*pay, "error_click"): 2,
        (*pay, "rage_click"): 1,
    }


def test_each_service_has_a_resource_of_its_own() -> None:
    own = Table().add(spans(facts(1)), spans(facts(2), service="other"))
    metrics = metrics_of([own.reported()])
    assert sum(metric.name == "rum.actions" for metric in metrics) == 2


@pytest.mark.parametrize(("unit", "sum_"), [("s", 0.3), ("ms", 300)])
def test_the_loading_time_is_a_histogram_of_the_actions_that_have_one(unit: str, sum_: float) -> None:
    own = Table(histogram={"unit": unit, "explicit": {"buckets": ["50ms", "150ms"]}})
    own.add(spans(*(facts(n, action_loading_time=n * 100 * MS) for n in (0, 1, 2)), facts(9)))
    metric = the_metric(own.reported(), "rum.action.loading_time")
    (point,) = points_of(metric)
    assert metric.unit == unit
    assert (point.count, point.sum, list(point.bucket_counts)) == (3, pytest.approx(sum_), [1, 1, 1])


def test_the_histogram_may_be_exponential_or_not_there() -> None:
    (action,) = [spans(facts(1, action_loading_time=250 * MS))]
    own = Table(histogram={"exponential": {"max_size": 20}}).add(action)
    metric = the_metric(own.reported(), "rum.action.loading_time")
    (point,) = points_of(metric)
    assert metric.WhichOneof("data") == "exponential_histogram"
    assert 2 ** (point.positive.offset / 2**point.scale) < 0.25 <= 2 ** ((point.positive.offset + 1) / 2**point.scale)
    without = Table(histogram={"disable": True}).add(action).reported()
    assert "rum.action.loading_time" not in {metric.name for metric in metrics_of([without])}


def test_dimensions_come_from_the_span_else_from_the_resource_else_by_default() -> None:
    dimensions = [{"name": "view.name", "default": "none"}, {"name": "env"}, {"name": "host"}]
    own = Table(dimensions=dimensions)
    own.add(spans(facts(1, view_name="cart"), facts(2), {**facts(3), "env": "own"}, resource={"env": "prod"}))
    assert counts([own.reported()], "rum.actions", "view.name", "env", "host") == {
        ("cart", "prod", None): 1,
        ("none", "prod", None): 1,
        ("none", "own", None): 1,
    }


def test_excluded_dimensions_are_left_out() -> None:
    own = Table(exclude_dimensions=["action.name", "service.name"]).add(
        spans(facts(1), facts(2, action_name="Click on x"))
    )
    (point,) = points_of(the_metric(own.reported(), "rum.actions"))
    assert (attributes(point.attributes), point.as_int) == ({"action.type": "click"}, 2)


def test_beyond_the_limit_all_that_is_new_is_counted_as_overflow() -> None:
    own = Table(aggregation_cardinality_limit=2)
    own.add(spans(*(facts(n, action_name=f"Click on {n % 4}") for n in range(8))))
    assert counts([own.reported()], "rum.actions", "action.name", "otel.metric.overflow") == {
        ("Click on 0", None): 2,
        ("Click on 1", None): 2,
        (None, True): 4,
    }


def test_without_a_limit_there_is_no_overflow() -> None:
    own = Table(aggregation_cardinality_limit=0)
    own.add(spans(*(facts(n, action_name=f"Click on {n}") for n in range(250))))
    assert len(own.series) == 250


def test_ten_thousand_names_of_pages_stay_within_the_limit() -> None:
    own = Table(aggregation_cardinality_limit=100)
    (action,) = ActionReader([]).actions(spans(facts(1, action_loading_time=MS)))
    for n in range(1_000_000):
        action.name = f"Click on {n % 10_000}"
        own.series.add(action, 0)
    assert len(own.series) == 101
    by_name = counts([own.reported()], "rum.actions", "otel.metric.overflow", "action.name")
    assert by_name[True, None] == 990_000
    assert sum(by_name.values()) == 1_000_000


def test_a_text_of_a_page_takes_no_more_memory_than_others() -> None:
    own = Table(dimensions=[{"name": "big"}])
    own.add(spans({**facts(1, action_name="x" * 10_000), "big": "y" * 10_000}, {**facts(2), "big": ["z"] * 10_000}))
    assert all(len(str(value)) <= 256 for series in own.collected(60) for value in series.attributes.values())


def test_a_cumulative_series_goes_on_from_its_first_action() -> None:
    own = Table().add(spans(facts(1)), at_s=10)
    first = own.reported(60)
    own.add(spans(facts(2)), at_s=70)
    points = [points_of(metric)[0] for metric in metrics_of([first, own.reported(120)]) if metric.name == "rum.actions"]
    times = [(point.start_time_unix_nano / 1e9, point.time_unix_nano / 1e9, point.as_int) for point in points]
    assert times == [(10, 60, 1), (10, 120, 2)]


def test_a_delta_series_begins_anew_each_time_and_is_silent_without_actions() -> None:
    own = Table(aggregation_temporality="AGGREGATION_TEMPORALITY_DELTA").add(spans(facts(1)), at_s=10)
    first = own.reported(60)
    own.add(spans(facts(2)), at_s=70)
    points = [points_of(metric)[0] for metric in metrics_of([first, own.reported(120)]) if metric.name == "rum.actions"]
    times = [(point.start_time_unix_nano / 1e9, point.time_unix_nano / 1e9, point.as_int) for point in points]
    assert times == [(0, 60, 1), (60, 120, 1)]
    assert not own.collected(180)


def test_a_series_that_no_action_renews_expires() -> None:
    own = Table(metrics_expiration="5m").add(spans(facts(1), facts(2, action_name="Click on x")), at_s=0)
    own.add(spans(facts(3)), at_s=200)
    assert len(own.collected(299)) == 2
    assert [series.attributes["action.name"] for series in own.collected(300)] == ["Click on Pay"]
    assert not own.collected(500)


def test_exemplars_name_the_trace_and_span_of_actions() -> None:
    own = Table(exemplars={"enabled": True, "max_per_data_point": 2})
    own.add(spans(*(facts(n, action_loading_time=n * MS) for n in (1, 2, 3))))
    (point,) = points_of(the_metric(own.reported(), "rum.action.loading_time"))
    assert [(one.trace_id, one.span_id.hex(), one.as_double, one.time_unix_nano) for one in point.exemplars] == [
        (bytes([n]) * 16, id_of(n).replace("-", "")[:16], n / 1000, T0_NS + (n - 1) * MS + n * MS) for n in (1, 2)
    ]
    (later,) = points_of(the_metric(own.reported(), "rum.action.loading_time"))
    assert not later.exemplars


def test_exemplars_are_off_unless_they_are_asked_for() -> None:
    own = Table().add(spans(facts(1, action_loading_time=MS)))
    assert not own.collected(60)[0].exemplars
