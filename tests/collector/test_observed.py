"""What an edge counts, and what it leaves alone."""

from __future__ import annotations

import pytest

from otelrum.collector.errors import RetryableError
from otelrum.collector.observed import ItemCounters, Observed
from otelrum.collector.telemetry import Counter, Telemetry
from otelrum.otlp.batch import Batch, Signal
from otelrum.testing import FailingConsumer
from tests.conftest import span_request

pytestmark = pytest.mark.anyio


async def test_an_edge_counts_what_is_taken_and_not_what_is_refused() -> None:
    consumer = FailingConsumer(RetryableError("later"))
    counters = [Counter(), Counter()]
    edge = Observed(consumer, counters)
    sent = Batch(Signal.TRACES, span_request(3))
    with pytest.raises(RetryableError):
        await edge.consume(sent)
    assert [counter.value for counter in counters] == [0, 0]
    consumer.error = None
    await edge.consume(sent)
    assert [counter.value for counter in counters] == [3, 3]
    assert consumer.batches == [sent]


def test_items_are_counted_under_the_name_of_their_signal() -> None:
    telemetry = Telemetry()
    counters = ItemCounters(telemetry, "otelcol_exporter_sent_{items}", exporter="debug")
    counters.add(Signal.LOGS, 2)
    counters.add(Signal.METRICS, 5)
    names = {name: value for (name, _), value in telemetry.snapshot().items()}
    assert names == {
        "otelcol_exporter_sent_spans": 0,
        "otelcol_exporter_sent_metric_points": 5,
        "otelcol_exporter_sent_log_records": 2,
    }
