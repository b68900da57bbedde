"""What is changed is what a full parse would change, and everything else keeps its bytes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from otelrum.collector.attribute_actions import ActionConfig, apply
from otelrum.collector.errors import PermanentError
from otelrum.otlp.batch import Batch, Client, Signal
from otelrum.otlp.values import attributes, key_value
from tests.processors.attributes.configured import configured, items_of

pytestmark = pytest.mark.anyio

UNKNOWN = bytes([0xFA, 0x3F, 3]) + b"new"
"""A field that no message has yet."""


async def rewritten(batch: Batch, *actions: dict[str, Any]) -> Batch:
    """What comes out behind the processor."""
    return await configured(batch, {"actions": list(actions)})


def spans(*items: bytes) -> Batch:
    """A request with these spans, as they are."""
    request = ExportTraceServiceRequest()
    scope = request.resource_spans.add().scope_spans.add()
    for item in items:
        scope.spans.add().MergeFromString(item)
    return Batch(Signal.TRACES, request.SerializeToString())


KEYS = st.sampled_from(["a", "b", "c", "session.id", "ä"])
VALUES = st.one_of(st.text(max_size=5), st.booleans(), st.integers(-(2**63), 2**63 - 1), st.lists(st.text(max_size=3)))
CONSTANTS = st.one_of(st.text(max_size=5), st.integers(0, 9), st.booleans())
ACTIONS = st.one_of(
    st.fixed_dictionaries({"action": st.sampled_from(["insert", "update", "upsert"]), "key": KEYS, "value": CONSTANTS}),
    st.fixed_dictionaries({"action": st.sampled_from(["insert", "upsert"]), "key": KEYS, "from_attribute": KEYS}),
    st.fixed_dictionaries({"action": st.sampled_from(["delete", "hash"]), "key": KEYS}),
    st.just({"action": "delete", "pattern": "^[ab]$"}),
)


@given(found=st.lists(st.tuples(KEYS, VALUES), max_size=5), actions=st.lists(ACTIONS, min_size=1, max_size=4))
async def test_it_is_what_a_full_parse_makes_of_it(found: list[tuple[str, Any]], actions: list[dict[str, Any]]) -> None:
    before = Span(name="work", trace_id=b"t" * 16, attributes=[key_value(key, value) for key, value in found])
    expected = attributes(before.attributes)
    apply([ActionConfig.model_validate(action) for action in actions], expected, Client())
    (after,) = items_of(await rewritten(spans(before.SerializeToString() + UNKNOWN), *actions))
    assert attributes(after.attributes) == expected
    assert len({pair.key for pair in after.attributes}) == len(expected)
    del after.attributes[:], before.attributes[:]
    assert after.SerializeToString() == Span.FromString(before.SerializeToString() + UNKNOWN).SerializeToString()


async def test_a_request_that_nothing_changes_keeps_its_bytes() -> None:
    batch = spans(Span(name="work").SerializeToString() + UNKNOWN)
    assert await rewritten(batch, {"key": "a", "action": "delete"}) is batch


async def test_records_and_data_points_have_attributes_too() -> None:
    logs, metrics = ExportLogsServiceRequest(), ExportMetricsServiceRequest()
    logs.resource_logs.add().scope_logs.add().log_records.add(time_unix_nano=1)
    group = metrics.resource_metrics.add().scope_metrics.add()
    group.metrics.add(name="g").gauge.data_points.add(as_int=1)
    group.metrics.add(name="h").exponential_histogram.data_points.add(count=1)
    group.metrics.add(name="nothing yet")
    action = {"key": "a", "action": "insert", "value": "x"}
    out = await rewritten(Batch(Signal.LOGS, logs.SerializeToString()), action)
    (record,) = ExportLogsServiceRequest.FromString(out.data).resource_logs[0].scope_logs[0].log_records
    assert attributes(record.attributes) == {"a": "x"}
    out = await rewritten(Batch(Signal.METRICS, metrics.SerializeToString()), action)
    gauge, histogram, _ = ExportMetricsServiceRequest.FromString(out.data).resource_metrics[0].scope_metrics[0].metrics
    assert attributes(gauge.gauge.data_points[0].attributes) == {"a": "x"}
    assert attributes(histogram.exponential_histogram.data_points[0].attributes) == {"a": "x"}


@pytest.mark.parametrize("signal", list(Signal))
async def test_an_item_that_cannot_be_read_is_refused_for_good(signal: Signal) -> None:
    broken = bytes([0x0A, 8, 0x12, 6, 0x12, 4, 0x0A, 200, 0x7A, 0x7A])
    with pytest.raises(PermanentError) as refused:
        await rewritten(Batch(signal, broken), {"key": "a", "action": "insert", "value": "x"})
    assert refused.value.invalid


async def test_who_sent_a_request_is_still_known_behind_it() -> None:
    batch = spans(Span(name="work").SerializeToString())
    sent = Batch(batch.signal, batch.data, Client("192.0.2.1"))
    out = await rewritten(sent, {"key": "from", "action": "insert", "from_context": "client.address"})
    assert (out.client.address, attributes(items_of(out)[0].attributes)) == ("192.0.2.1", {"from": "192.0.2.1"})
