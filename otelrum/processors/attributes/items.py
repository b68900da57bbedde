"""Does the actions to each item of a request; what is not changed keeps its bytes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from google.protobuf.message import DecodeError, Message
from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from otelrum.collector.attribute_actions import apply
from otelrum.otlp.batch import Batch, Client, ResourceGroup, ScopeGroup, Signal, parse
from otelrum.otlp.edit import RECORD, SPAN, Attributed, edited
from otelrum.otlp.errors import MalformedOtlp
from otelrum.otlp.values import attributes, key_value
from otelrum.processors.attributes.config import AttributesConfig
from otelrum.processors.attributes.matching import Facts, ItemSelection

ITEMS: Mapping[Signal, Attributed] = {Signal.TRACES: SPAN, Signal.LOGS: RECORD}

Change = Callable[[dict[str, object]], None]
M = TypeVar("M", bound=Message)

# Between two turns of the loop: some milliseconds of work.
YIELD_ITEMS = 256


class ItemEditor:
    """The actions of one configuration."""

    def __init__(self, config: AttributesConfig) -> None:
        self._actions = config.actions
        self._selection = ItemSelection(config)

    async def rewrite(self, batch: Batch) -> Batch:
        """The request after the actions; the same one where they change nothing. Raises MalformedOtlp."""
        request, is_changed, count = parse(batch.data), False, 0
        for resource in request.resources:
            for scope in resource.scopes:
                facts = self._facts(resource, scope)
                items = []
                for item in scope.items:
                    items.append(self._edited(item, batch, facts))
                    count += 1
                    if count % YIELD_ITEMS == 0:
                        await asyncio.sleep(0)
                if items != list(scope.items):
                    del scope.items[:]
                    scope.items.extend(items)
                    is_changed = True
        return Batch(batch.signal, request.SerializeToString(), batch.client) if is_changed else batch

    def _facts(self, resource: ResourceGroup, scope: ScopeGroup) -> Facts:
        """What stands above the items, where it is asked for."""
        if self._selection.is_of_all:
            return Facts()
        library = _read(InstrumentationScope, b"".join(scope.scope))
        own = attributes(_read(Resource, b"".join(resource.resource)).attributes)
        return Facts(own, (library.name, library.version))

    def _edited(self, item: bytes, batch: Batch, facts: Facts) -> bytes:
        if batch.signal is Signal.METRICS:
            metric = _read(Metric, item)
            change = partial(self._change, batch.client, replace(facts, name=metric.name))
            return _edited_points(item, metric, change)
        if not self._selection.is_of_all:
            facts = _of_item(item, batch.signal, facts)
        return edited(item, ITEMS[batch.signal], partial(self._change, batch.client, facts))

    def _change(self, client: Client, facts: Facts, found: dict[str, object]) -> None:
        if self._selection.is_of_all or self._selection.has(facts, found):
            apply(self._actions, found, client)


def _of_item(item: bytes, signal: Signal, facts: Facts) -> Facts:
    if signal is Signal.LOGS:
        record = _read(LogRecord, item)
        return replace(facts, body=record.body.string_value, severity=record.severity_text)
    span = _read(Span, item)
    return replace(facts, name=span.name, kind=KINDS.get(span.kind, ""))


KINDS = {number: name.removeprefix("SPAN_KIND_").capitalize() for name, number in Span.SpanKind.items()}
"""`Client`, `Server`, ..., as the OpenTelemetry Collector writes them."""


def _edited_points(item: bytes, metric: Metric, change: Change) -> bytes:
    """A metric with the attributes of its data points changed: they are deep inside, so it is written anew."""
    is_changed = False
    for point in _points(metric):
        before = attributes(point.attributes)
        after = dict(before)
        change(after)
        if after != before:
            del point.attributes[:]
            point.attributes.extend(key_value(key, value) for key, value in after.items())
            is_changed = True
    return metric.SerializeToString() if is_changed else item


def _points(metric: Metric) -> Iterable[Any]:
    kind = metric.WhichOneof("data")
    return getattr(metric, kind).data_points if kind else ()


def _read(kind: type[M], data: bytes) -> M:
    try:
        return kind.FromString(data)
    except DecodeError as error:
        raise MalformedOtlp(f"not an OTLP message: {error}") from error
