"""Attributes of resources are changed; items, scopes and unknown fields keep their bytes."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans

from otelrum.collector.component import PipelineId
from otelrum.otlp.batch import Batch, Signal
from otelrum.otlp.values import attributes, key_value
from otelrum.processors.resource import FACTORY
from otelrum.testing import ManualClock, RecordingConsumer, build
from tests.conftest import span_request
from tests.processors.attributes.test_items import UNKNOWN

pytestmark = pytest.mark.anyio

NAME = {"key": "service.name", "action": "upsert", "value": "shop"}


async def rewritten(data: bytes, *actions: dict[str, Any]) -> ExportTraceServiceRequest:
    """What comes out behind the processor, joined in the room behind."""
    sink = RecordingConsumer()
    config = FACTORY.config.model_validate({"attributes": list(actions)})
    processor: Any = FACTORY.create(config, build("resource", ManualClock()))
    reservation = processor.connect(PipelineId(Signal.TRACES), sink).reserve(Signal.TRACES)
    await reservation.add(Batch(Signal.TRACES, data))
    reservation.close()
    return ExportTraceServiceRequest.FromString(sink.batches[0].data)


async def test_a_resource_that_has_none_gets_the_attribute() -> None:
    (group,) = (await rewritten(span_request(2), NAME)).resource_spans
    assert attributes(group.resource.attributes) == {"service.name": "shop"}
    assert len(group.scope_spans[0].spans) == 2


async def test_unknown_fields_and_what_is_not_named_stay() -> None:
    resource = Resource(attributes=[key_value("service.name", "old"), key_value("host.name", "h")])
    resource.MergeFromString(UNKNOWN)
    before = ExportTraceServiceRequest(resource_spans=[ResourceSpans(resource=resource, schema_url="url")])
    data = before.SerializeToString() + UNKNOWN
    after = await rewritten(data, NAME, {"pattern": "^host", "action": "delete"})
    (group,) = after.resource_spans
    assert attributes(group.resource.attributes) == {"service.name": "shop"}
    assert group.schema_url == "url"
    assert group.resource.SerializeToString().count(UNKNOWN) == after.SerializeToString().count(UNKNOWN) - 1 == 1


async def test_a_resource_that_is_written_twice_is_the_merge_of_both() -> None:
    halves = [Resource(attributes=[key_value(key, key)]).SerializeToString() for key in ("a", "b")]
    group = b"".join(bytes([0x0A, len(half)]) + half for half in halves)
    after = await rewritten(bytes([0x0A, len(group)]) + group, {"key": "a", "action": "delete"})
    assert attributes(after.resource_spans[0].resource.attributes) == {"b": "b"}
