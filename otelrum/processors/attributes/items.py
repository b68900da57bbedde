"""Does the actions to each item of a request; what is not changed keeps its bytes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from google.protobuf.message import DecodeError
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric

from otelrum.collector.attribute_actions import ActionConfig, apply
from otelrum.otlp.batch import Batch, Client, Signal, parse
from otelrum.otlp.edit import RECORD, SPAN, Attributed, edited
from otelrum.otlp.errors import MalformedOtlp
from otelrum.otlp.values import attributes, key_value

ITEMS: Mapping[Signal, Attributed] = {Signal.TRACES: SPAN, Signal.LOGS: RECORD}

# Between two turns of the loop: some milliseconds of work.
TURN_ITEMS = 256


class ItemEditor:
    """One list of actions."""

    def __init__(self, actions: list[ActionConfig]) -> None:
        self._actions = actions

    async def rewrite(self, batch: Batch) -> Batch:
        """The request after the actions; the same one where they change nothing. Raises MalformedOtlp."""
        edit = self._edit(batch.signal, batch.client)
        request, is_changed, count = parse(batch.data), False, 0
        for scope in (scope for resource in request.resources for scope in resource.scopes):
            items = []
            for item in scope.items:
                items.append(edit(item))
                count += 1
                if count % TURN_ITEMS == 0:
                    await asyncio.sleep(0)
            if items != list(scope.items):
                del scope.items[:]
                scope.items.extend(items)
                is_changed = True
        return Batch(batch.signal, request.SerializeToString(), batch.client) if is_changed else batch

    def _edit(self, signal: Signal, client: Client) -> Callable[[bytes], bytes]:
        change = partial(self._change, client)
        if signal is Signal.METRICS:
            return partial(_edited_points, change=change)
        return partial(edited, kind=ITEMS[signal], change=change)

    def _change(self, client: Client, found: dict[str, object]) -> None:
        apply(self._actions, found, client)


def _edited_points(item: bytes, change: Callable[[dict[str, object]], None]) -> bytes:
    """A metric with the attributes of its data points changed: they are deep inside, so it is written anew."""
    try:
        metric = Metric.FromString(item)
    except DecodeError as error:
        raise MalformedOtlp(f"not an OTLP metric: {error}") from error
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
