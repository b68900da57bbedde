"""Components that do nothing but write down what happens to them, in the shape of real ones."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from pydantic import Field

from otelrum.collector.component import Build, Component, Consumer, Factory, Host, PipelineId
from otelrum.collector.config.loading import load
from otelrum.collector.config.read import Configuration, read
from otelrum.collector.errors import ConfigError, OtelrumError
from otelrum.collector.factories import ComponentKind, Factories
from otelrum.collector.sections import Duration, Secrets, Section
from otelrum.otlp.batch import Batch, Signal


class ScribeConfig(Section):
    """How a scribe misbehaves, and a key of each type for tests of the configuration."""

    refuse: str = ""
    fail_start: bool = False
    fail_shutdown: bool = False
    number: int = 0
    text: str = ""
    wait: Duration = timedelta(0)
    names: list[str] = []
    headers: Secrets = {}
    from_: str = Field(default="here", alias="from")


class Scribe:
    """Any component: receiver, processor, exporter, connector, extension."""

    def __init__(self, config: ScribeConfig, build: Build, kind: ComponentKind, diary: list[str]) -> None:
        if config.refuse:
            raise ConfigError(config.refuse)
        self._config = config
        self._kind = kind
        self._diary = diary
        self._name = f"{kind.one} {build.id}"
        self.targets: dict[Any, Consumer] = {}
        self.batches: list[Batch] = []
        self.host: Host | None = None

    async def start(self, host: Host) -> None:
        self._diary.append(f"start {self._name}")
        self.host = host
        if self._config.fail_start:
            raise OtelrumError("it does not want to")

    async def shutdown(self, deadline_ns: int) -> None:
        self._diary.append(f"stop {self._name}")
        if self._config.fail_shutdown:
            raise OtelrumError("it does not want to")

    def connect(self, where: Signal | PipelineId, consumer: Consumer) -> Consumer:
        self.targets[where] = consumer
        return self

    async def consume(self, batch: Batch) -> None:
        self._diary.append(f"{self._name} takes {batch.signal}")
        self.batches.append(batch)
        for where, target in self.targets.items():
            if isinstance(where, Signal):  # what a connector makes
                await target.consume(Batch(where, batch.data))
            elif where.signal is batch.signal:
                await target.consume(batch)

    def ready(self) -> None:
        self._diary.append(f"{self._name} is reported ready")

    def not_ready(self) -> None:
        self._diary.append(f"{self._name} is reported not ready")


class Scribes:
    """Factories of scribes of each kind, and what all of them wrote down."""

    def __init__(self) -> None:
        self.diary: list[str] = []
        self.made: dict[str, list[Scribe]] = {}
        self.factories = Factories({kind: self._rows(kind) for kind in ComponentKind})

    def configuration(self, text: str, *settings: str) -> Configuration:
        return read(load([f"yaml:{text}"], settings, {}), self.factories)

    def _rows(self, kind: ComponentKind) -> tuple[Factory, ...]:
        create = partial(self._create, kind)
        return (
            Factory("scribe", ScribeConfig, create, aliases=("writer",), made_signals=self._made_signals(kind)),
            Factory("shared", ScribeConfig, create, shared=True),
            Factory("traces_only", ScribeConfig, create, signals=frozenset({Signal.TRACES})),
        )

    def _made_signals(self, kind: ComponentKind) -> frozenset[Signal]:
        is_connector = kind is ComponentKind.CONNECTORS
        return frozenset({Signal.TRACES, Signal.METRICS}) if is_connector else frozenset()

    def _create(self, kind: ComponentKind, config: ScribeConfig, build: Build) -> Component:
        scribe = Scribe(config, build, kind, self.diary)
        self.made.setdefault(f"{kind.one} {build.id}", []).append(scribe)
        return scribe
