"""The configuration as a whole: components found and checked, pipelines that name only what is there."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from otelrum.collector.component import ComponentId, Factory, PipelineId
from otelrum.collector.config.nodes import Location, Node, Path, Warn
from otelrum.collector.config.problems import Problems, did_you_mean
from otelrum.collector.config.service import PipelineConfig, ServiceConfig
from otelrum.collector.config.without_effect import without_effect
from otelrum.collector.factories import ComponentKind, Factories
from otelrum.collector.sections import Section
from otelrum.otlp.batch import Signal

log = logging.getLogger(__name__)

SECTIONS = (*ComponentKind, "service")

# Settings of components that are the id of an extension.
NAMING_EXTENSIONS = ("storage", "authenticator")

Ids = tuple[ComponentId, ...]


@dataclass(frozen=True, slots=True)
class Declared:
    """A component as the configuration has it."""

    factory: Factory
    config: Section
    place: Location


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Who stands in a pipeline, in the order of the data."""

    receivers: Ids
    processors: Ids
    exporters: Ids


@dataclass(frozen=True, slots=True)
class Configuration:
    """A configuration in which everything that is named is there."""

    components: Mapping[ComponentKind, Mapping[ComponentId, Declared]]
    extensions: Ids
    pipelines: Mapping[PipelineId, Pipeline]
    service: ServiceConfig
    tree: Node
    """What it was read from: it knows the place of each setting."""

    def kind_at(self, end: ComponentKind, id: ComponentId) -> ComponentKind:
        """What an id at this end of a pipeline names: a receiver or exporter, or else a connector."""
        return end if id in self.components[end] else ComponentKind.CONNECTORS

    def running(self) -> Iterator[tuple[Path, Declared]]:
        """The valid components that pipelines and the service name, with their paths."""
        named = {(ComponentKind.EXTENSIONS, id) for id in self.extensions}
        for pipeline in self.pipelines.values():
            named |= {(self.kind_at(ComponentKind.RECEIVERS, id), id) for id in pipeline.receivers}
            named |= {(ComponentKind.PROCESSORS, id) for id in pipeline.processors}
            named |= {(self.kind_at(ComponentKind.EXPORTERS, id), id) for id in pipeline.exporters}
        for kind, id in sorted(named):
            if id in self.components[kind]:
                yield (kind, str(id)), self.components[kind][id]


def read(tree: Node, factories: Factories, warn: Warn = log.warning) -> Configuration:
    """The configuration that a tree means. Raises ConfigError with everything that is wrong.

    `warn` hears of what is there without effect.
    """
    tree = without_effect(tree, factories, warn)
    problems = Problems(tree)
    _check_sections(tree, problems)
    components = _Components(tree, factories, problems)
    # Where the section is wrong, its mistakes are noted, and nothing is left to look up.
    service = problems.check(ServiceConfig, ("service",)) or ServiceConfig.model_construct()
    references = _References(components, problems)
    extensions = references.ids((ComponentKind.EXTENSIONS,), service.extensions, ("service", "extensions"))
    pipelines = references.pipelines(service.pipelines)
    config = Configuration(components.valid, extensions, pipelines, service, tree)
    references.check_extensions(config)
    problems.raise_any()
    return config


def _check_sections(tree: Node, problems: Problems) -> None:
    assert isinstance(tree.value, dict)
    for name in tree.value:
        if name not in SECTIONS:
            there_are = did_you_mean(name, SECTIONS) or f", there are {', '.join(SECTIONS)}"
            problems.add((name,), f"unknown section{there_are}")


class _Components:
    """What the sections declare, valid or not."""

    def __init__(self, tree: Node, factories: Factories, problems: Problems) -> None:
        self._factories = factories
        self._problems = problems
        self.declared: dict[ComponentKind, dict[ComponentId, Factory | None]] = {kind: {} for kind in ComponentKind}
        self.valid: dict[ComponentKind, dict[ComponentId, Declared]] = {kind: {} for kind in ComponentKind}
        for kind in ComponentKind:
            section = tree.child(kind) or Node({}, tree.place)
            if isinstance(section.value, dict):
                for key, node in section.value.items():
                    self._declare(kind, key, node.place)
            elif section.value is not None:
                problems.add((kind,), "must be a map of components")

    def _declare(self, kind: ComponentKind, key: str, place: Location) -> None:
        path = (kind, key)
        try:
            id = ComponentId.parse(key)
        except ValueError as error:
            self._problems.add(path, str(error))
            return
        if id in self.declared[kind]:
            self._problems.add(path, "is here twice")
        factory = self._factories.find(kind, id.type)
        self.declared[kind][id] = factory
        if factory is None:
            names = self._factories.names(kind)
            there_are = did_you_mean(id.type, names) or f", there are {', '.join(names)}"
            self._problems.add(path, f"unknown {kind.one} {id.type!r}{there_are}")
        elif (config := self._problems.check(factory.config, path)) is not None:
            self.valid[kind][id] = Declared(factory, config, place)


# What may stand at each place of a pipeline.
_PLACES: Mapping[ComponentKind, tuple[ComponentKind, ...]] = {
    ComponentKind.RECEIVERS: (ComponentKind.RECEIVERS, ComponentKind.CONNECTORS),
    ComponentKind.PROCESSORS: (ComponentKind.PROCESSORS,),
    ComponentKind.EXPORTERS: (ComponentKind.EXPORTERS, ComponentKind.CONNECTORS),
}


class _References:
    """Who names whom under `service`."""

    def __init__(self, components: _Components, problems: Problems) -> None:
        self._declared = components.declared
        self._problems = problems

    def pipelines(self, configs: Mapping[str, PipelineConfig | None]) -> dict[PipelineId, Pipeline]:
        path: Path = ("service", "pipelines")
        pipelines: dict[PipelineId, Pipeline] = {}
        for key, config in configs.items():
            try:
                id = PipelineId.parse(key)
            except ValueError as error:
                self._problems.add((*path, key), str(error))
            else:
                pipelines[id] = self._pipeline(id, config or PipelineConfig(), (*path, key))
        self._check_connectors(pipelines.values())
        return pipelines

    def ids(self, kinds: Sequence[ComponentKind], names: Sequence[str], path: Path) -> Ids:
        """The declared components of these names; the first kind is what one would expect here."""
        ids: dict[ComponentId, None] = {}
        for index, name in enumerate(names):
            try:
                id = ComponentId.parse(name)
            except ValueError as error:
                self._problems.add((*path, index), str(error))
                continue
            if not any(id in self._declared[kind] for kind in kinds):
                near = did_you_mean(name, (str(each) for kind in kinds for each in self._declared[kind]))
                self._problems.add((*path, index), f"{kinds[0].one} {name!r} is not configured{near}")
            elif id in ids:
                self._problems.add((*path, index), f"{kinds[0].one} {name!r} is named twice")
            ids[id] = None
        return tuple(ids)

    def check_extensions(self, config: Configuration) -> None:
        """What components that run name as a storage or an authenticator must run too."""
        running = list(map(str, config.extensions))
        for path, component in config.running():
            for setting in component.config.walk():
                name = setting.value
                if setting.keys[-1] in NAMING_EXTENSIONS and name and name not in running:
                    problem = f"extension {name!r} is not listed under service::extensions{did_you_mean(name, running)}"
                    self._problems.add((*path, *setting.keys), problem)

    def _pipeline(self, id: PipelineId, config: PipelineConfig, path: Path) -> Pipeline:
        found = {end: self.ids(kinds, getattr(config, end), (*path, end)) for end, kinds in _PLACES.items()}
        for end in (ComponentKind.RECEIVERS, ComponentKind.EXPORTERS):
            if not found[end]:
                self._problems.add((*path, end), f"must name at least one {end.one}")
        for end, ids in found.items():
            for component in ids:
                self._check_signal(id.signal, end, component, (*path, end))
        return Pipeline(*found.values())

    def _check_signal(self, signal: Signal, end: ComponentKind, id: ComponentId, path: Path) -> None:
        kind = end if id in self._declared[end] else ComponentKind.CONNECTORS
        factory = self._declared[kind].get(id)
        is_source = kind is ComponentKind.CONNECTORS and end is ComponentKind.RECEIVERS
        if factory and signal not in (factory.made_signals if is_source else factory.signals):
            self._problems.add(path, f"{kind.one} {id} does not {'make' if is_source else 'take'} {signal}")

    def _check_connectors(self, pipelines: Iterable[Pipeline]) -> None:
        """Each has a way in and a way out, and a name of its own."""
        pipelines = list(pipelines)
        for id in self._declared[ComponentKind.CONNECTORS]:
            path = (ComponentKind.CONNECTORS, str(id))
            is_source = any(id in pipeline.receivers for pipeline in pipelines)
            is_target = any(id in pipeline.exporters for pipeline in pipelines)
            if is_target and not is_source:
                self._problems.add(path, "an exporter of pipelines, but a receiver of none: what it makes goes nowhere")
            if is_source and not is_target:
                self._problems.add(path, "a receiver of pipelines, but an exporter of none: nothing comes to it")
            for kind in (ComponentKind.RECEIVERS, ComponentKind.EXPORTERS):
                if id in self._declared[kind]:
                    self._problems.add(path, f"{kind.one} {str(id)!r} has the same name")
