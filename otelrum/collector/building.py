"""Makes the components of a configuration and connects them, from the exporters back.

receiver -> (fan-out) -> edge -> processor -> edge -> processor -> edge -> (fan-out) -> exporter

A connector stands at the end of some pipelines and at the beginning of others.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from graphlib import CycleError, TopologicalSorter
from itertools import chain, pairwise
from typing import Any

from otelrum.collector.clock import Clock
from otelrum.collector.component import Build, ComponentId, Consumer, PipelineId
from otelrum.collector.config.read import Configuration, Declared, Pipeline
from otelrum.collector.errors import ConfigError, OtelrumError
from otelrum.collector.factories import ComponentKind
from otelrum.collector.fanout import fan_out
from otelrum.collector.feed import Feed
from otelrum.collector.graph import Graph, Member
from otelrum.collector.observed import Observed
from otelrum.collector.telemetry import Counter, Telemetry
from otelrum.otlp.batch import Signal

# A processor that is not shared is made once a pipeline; everything else once an id.
Key = tuple[ComponentKind, ComponentId, PipelineId | None]

STAGES = (ComponentKind.PROCESSORS, ComponentKind.CONNECTORS)


def build_graph(config: Configuration, clock: Clock, telemetry: Telemetry) -> Graph:
    """Nothing is opened yet. Raises ConfigError when a component refuses its configuration."""
    return _Builder(config, clock, telemetry).graph()


class _Builder:
    def __init__(self, config: Configuration, clock: Clock, telemetry: Telemetry) -> None:
        self._config = config
        self._clock = clock
        self._telemetry = telemetry
        self._feed = Feed()
        self._members: dict[Key, Member] = {}
        self._order: TopologicalSorter[Key] = TopologicalSorter()

    def graph(self) -> Graph:
        extensions = [self._member((ComponentKind.EXTENSIONS, id, None)) for id in self._config.extensions]
        heads: dict[tuple[Key, Signal], list[Consumer]] = defaultdict(list)
        for id, pipeline in self._config.pipelines.items():
            head = self._pipeline(id, pipeline)
            for key in self._keys(ComponentKind.RECEIVERS, pipeline.receivers):
                heads[key, id.signal].append(head)
        for (key, signal), consumers in heads.items():
            self._made(key).connect(signal, self._source(key, signal, consumers))
        stages = [self._members[key] for key in self._stage_order()]
        return Graph(
            extensions, self._all(ComponentKind.RECEIVERS), stages, self._all(ComponentKind.EXPORTERS), self._clock
        )

    def _pipeline(self, id: PipelineId, pipeline: Pipeline) -> Consumer:
        """The consumer that the pipeline's receivers call."""
        first = self._keys(ComponentKind.RECEIVERS, pipeline.receivers)
        last = self._keys(ComponentKind.EXPORTERS, pipeline.exporters)
        keys = [self._processor_key(id, processor) for processor in pipeline.processors]
        self._note_order([first, *([key] for key in keys), last])
        consumer = fan_out([self._target(key, id.signal) for key in last], str(id), self._telemetry)
        incoming: list[Counter] = []
        for key in reversed(keys):
            edge = Observed(consumer, [self._items("processor_outgoing", key, id.signal), *incoming])
            consumer = self._made(key).connect(id, edge)
            incoming = [self._items("processor_incoming", key, id.signal)]
        return Observed(consumer, incoming) if incoming else consumer

    def _source(self, key: Key, signal: Signal, consumers: Sequence[Consumer]) -> Consumer:
        """What a receiver or connector gives its data to."""
        consumer = fan_out(consumers, str(key[1]), self._telemetry)
        if key[0] is not ComponentKind.CONNECTORS:
            return consumer
        return Observed(consumer, [self._items("connector_produced", key, signal)])

    def _target(self, key: Key, signal: Signal) -> Consumer:
        """What the end of a pipeline gives its data to."""
        consumer: Consumer = self._made(key)
        if key[0] is not ComponentKind.CONNECTORS:
            return consumer
        return Observed(consumer, [self._items("connector_consumed", key, signal)])

    def _keys(self, end: ComponentKind, ids: Iterable[ComponentId]) -> list[Key]:
        """What stands at this end of a pipeline."""
        return [(self._config.kind_at(end, id), id, None) for id in ids]

    def _processor_key(self, pipeline: PipelineId, id: ComponentId) -> Key:
        shared = self._config.components[ComponentKind.PROCESSORS][id].factory.shared
        return (ComponentKind.PROCESSORS, id, None if shared else pipeline)

    def _note_order(self, steps: Iterable[Sequence[Key]]) -> None:
        """Only connectors stand between others; receivers and exporters are ends."""
        between = [[key for key in step if key[0] in STAGES] for step in steps]
        between = [step for step in between if step]
        for key in chain.from_iterable(between):
            self._order.add(key)
        for before, after in pairwise(between):
            for key in after:
                self._order.add(key, *before)

    def _stage_order(self) -> list[Key]:
        try:
            return list(self._order.static_order())
        except CycleError as error:
            circle = " -> ".join(f"{key[0]}::{key[1]}" for key in error.args[1])
            raise ConfigError(f"pipelines have these one before the other in a circle: {circle}") from error

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
        build = Build(id, self._clock, self._telemetry, log, self._feed)
        try:
            component = declared.factory.create(declared.config, build)
        except (OtelrumError, OSError, ValueError) as error:
            raise ConfigError(f"{declared.place}: {kind}::{id}: {error}") from error
        return Member(kind, id, declared.place, component)

    def _all(self, kind: ComponentKind) -> list[Member]:
        return [member for key, member in self._members.items() if key[0] is kind]

    def _items(self, edge: str, key: Key, signal: Signal) -> Counter:
        labels = {key[0].one: str(key[1]), "otel_signal": str(signal)}
        return self._telemetry.counter(f"otelcol_{edge}_items", **labels)
