"""Counters and gauges by name and labels."""

from __future__ import annotations

import pytest

from otelrum.collector.telemetry import Telemetry

SENT = "otelcol_exporter_sent_spans"
QUEUE = "otelcol_exporter_queue_size"


def test_the_same_name_and_labels_are_the_same_counter() -> None:
    telemetry = Telemetry()
    telemetry.counter(SENT, exporter="a").add(2)
    telemetry.counter(SENT, exporter="a").add(3)
    telemetry.counter(SENT, exporter="b").add(1)
    assert telemetry.snapshot() == {(SENT, (("exporter", "a"),)): 5, (SENT, (("exporter", "b"),)): 1}


def test_a_gauge_is_read_when_somebody_looks() -> None:
    telemetry = Telemetry()
    queue = [1, 2]
    telemetry.observe(QUEUE, lambda: len(queue), exporter="a", data_type="logs")
    queue.append(3)
    assert telemetry.snapshot() == {(QUEUE, (("data_type", "logs"), ("exporter", "a"))): 3}


@pytest.mark.parametrize(
    ("name", "labels"),
    [("otelrum_surprise", {}), (SENT, {}), (SENT, {"exporter": "a", "more": "b"}), (SENT, {"exportre": "a"})],
)
def test_a_metric_that_is_not_in_the_list_is_refused(name: str, labels: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=f"no metric {name} with the labels"):
        Telemetry().counter(name, **labels)
    with pytest.raises(ValueError, match=f"no metric {name} with the labels"):
        Telemetry().observe(name, lambda: 0.0, **labels)
