"""The processor as it is configured."""

from __future__ import annotations

from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from otelrum.collector.component import PipelineId
from otelrum.otlp.batch import Batch
from otelrum.processors.attributes import FACTORY
from otelrum.testing import ManualClock, RecordingConsumer, build


async def configured(batch: Batch, settings: dict[str, Any]) -> Batch:
    sink = RecordingConsumer()
    config = FACTORY.config.model_validate(settings)
    processor: Any = FACTORY.create(config, build("attributes", ManualClock()))
    await processor.connect(PipelineId(batch.signal), sink).consume(batch)
    return sink.batches[0]


def items_of(batch: Batch) -> list[Span]:
    request = ExportTraceServiceRequest.FromString(batch.data)
    return [span for group in request.resource_spans for scope in group.scope_spans for span in scope.spans]
