"""The list of metrics: what a dashboard may rely on."""

from __future__ import annotations

import re

from otelrum.collector.metric_names import METRICS


def test_each_metric_is_listed_once() -> None:
    names = [metric.name for metric in METRICS]
    assert len(names) == len(set(names))


def test_names_and_labels_are_what_prometheus_takes_and_say_whose_they_are() -> None:
    for metric in METRICS:
        assert re.fullmatch(r"(otelcol|otelrum)_[a-z][a-z_]*", metric.name)
        assert not metric.name.endswith("_total")
        assert all(re.fullmatch(r"[a-z][a-z_]*", label) for label in metric.labels)


def test_each_metric_says_its_unit_and_what_it_is() -> None:
    for metric in METRICS:
        assert metric.unit
        assert metric.description
        assert "{items}" not in metric.description
