"""Makes the components of a configuration and connects them, from the exporters back.

receiver -> (fan-out) -> edge -> processor -> edge -> processor -> edge -> (fan-out) -> exporter
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import Any

from otelrum.collector.clock import Clock
from otelrum.collector.component import Build, ComponentId, Consumer, PipelineId
from otelrum.collector.config.read import Configuration, Declared, Pipeline
from otelrum.collector.errors import ConfigError, OtelrumError
from otelrum.collector.factories import ComponentKind
from otelrum.collector.fanout import fan_out
from otelrum.collector.graph import Graph, Member
from otelrum.collector.observed import Observed
from otelrum.collector.telemetry import Counter, Telemetry
from otelrum.otlp.batch import Signal

# A processor that is not shared is made once a pipeline; everything else once an id.
Key = tuple[ComponentKind, ComponentId, PipelineId | None]


def build_graph(config: Configuration, clock: Clock, telemetry: Telemetry) -> Graph:
    """Nothing is opened yet. Raises ConfigError when a component refuses its configuration."""
    return _Builder(config, clock, telemetry).graph()


class _Builder:
    def __init__(self, config: Configuration, clock: Clock, telemetry: Telemetry) -> None:
        self._config = config
        self._clock = clock
        self._telemetry = telemetry
        self._members: dict[Key, Member] = {}
        self._order: TopologicalSorter[Key] = TopologicalSorter()

    def graph(self) -> Graph:
        extensions = [self._member((ComponentKind.EXTENSIONS, id, None)) for id in self._config.extensions]
        heads: dict[tuple[ComponentId, Signal], list[Consumer]] = defaultdict(list)
        for id, pipeline in self._config.pipelines.items():
            head = self._pipeline(id, pipeline)
            for receiver in pipeline.receivers:
                heads[receiver, id.signal].append(head)
        for (receiver, signal), consumers in heads.items():
            consumer = fan_out(consumers, str(receiver), self._telemetry)
            self._made((ComponentKind.RECEIVERS, receiver, None)).connect(signal, consumer)
        processors = [self._members[key] for key in self._processor_order()]
        return Graph(
            extensions, self._all(ComponentKind.RECEIVERS), processors, self._all(ComponentKind.EXPORTERS), self._clock
        )

    def _pipeline(self, id: PipelineId, pipeline: Pipeline) -> Consumer:
        """The consumer that the pipeline's receivers call."""
        exporters = [self._made((ComponentKind.EXPORTERS, exporter, None)) for exporter in pipeline.exporters]
        consumer = fan_out(exporters, str(id), self._telemetry)
        keys = [self._processor_key(id, processor) for processor in pipeline.processors]
        self._note_order(keys)
        incoming: list[Counter] = []
        for key in reversed(keys):
            edge = Observed(consumer, [self._items("outgoing", key, id), *incoming])
            consumer = self._made(key).connect(id, edge)
            incoming = [self._items("incoming", key, id)]
        return Observed(consumer, incoming) if incoming else consumer

    def _processor_key(self, pipeline: PipelineId, id: ComponentId) -> Key:
        shared = self._config.components[ComponentKind.PROCESSORS][id].factory.shared
        return (ComponentKind.PROCESSORS, id, None if shared else pipeline)

    def _note_order(self, keys: Iterable[Key]) -> None:
        keys = list(keys)
        for key in keys:
            self._order.add(key)
        for before, after in pairwise(keys):
            self._order.add(after, before)

    def _processor_order(self) -> list[Key]:
        try:
            return list(self._order.static_order())
        except CycleError as error:
            ids = ", ".join(dict.fromkeys(str(key[1]) for key in error.args[1]))
            raise ConfigError(f"pipelines have these processors in different order: {ids}") from error

    def _made(self, key: Key) -> Any:
        """The component itself, whose protocol its kind says."""
        return self._member(key).component

    def _member(self, key: Key) -> Member:
        if key not in self._members:
            self._members[key] = self._make(key)
        return self._members[key]

    def _make(self, key: Key) -> Member:
        kind, id, _ = key
        declared: Declared = self._config.components[kind][id]
        log = logging.getLogger(f"otelrum.{kind.one}.{id}")
        build = Build(id, self._clock, self._telemetry, log)
        try:
            component = declared.factory.create(declared.config, build)
        except (OtelrumError, OSError, ValueError) as error:
            raise ConfigError(f"{declared.place}: {kind}::{id}: {error}") from error
        return Member(kind, id, declared.place, component)

    def _all(self, kind: ComponentKind) -> list[Member]:
        return [member for key, member in self._members.items() if key[0] is kind]

    def _items(self, direction: str, key: Key, pipeline: PipelineId) -> Counter:
        labels = {"processor": str(key[1]), "otel_signal": str(pipeline.signal)}
        return self._telemetry.counter(f"otelcol_processor_{direction}_items", **labels)
