"""What `collector/component.py` demands of every component, asked of each row of the table."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from otelrum.builtin import FACTORIES
from otelrum.collector.component import Component, ComponentId, Factory, PipelineId
from otelrum.collector.factories import ComponentKind
from otelrum.collector.sections import Section
from otelrum.otlp.batch import Signal
from otelrum.testing import Extensions, RecordingConsumer, run_until_quiet
from tests.contract.components import ROWS, SAMPLES, filled, made

pytestmark = pytest.mark.anyio

every_component = pytest.mark.parametrize(
    ("kind", "factory"), ROWS, ids=[f"{kind.one} {factory.type}" for kind, factory in ROWS]
)

NO_TIME_NS = 0


def connected(kind: ComponentKind, component: Any) -> Component:
    """As the graph connects it: before the start."""
    if kind in (ComponentKind.RECEIVERS, ComponentKind.CONNECTORS):
        component.connect(Signal.TRACES, RecordingConsumer())
    if kind is ComponentKind.PROCESSORS:
        component.connect(PipelineId(Signal.TRACES), RecordingConsumer())
    return component  # type: ignore[no-any-return]


def test_every_component_has_a_sample() -> None:
    assert SAMPLES.keys() == {(kind, factory.type) for kind, factory in ROWS}


@every_component
async def test_it_starts_and_stops_and_then_nothing_of_it_runs(
    kind: ComponentKind, factory: Factory, tmp_path: Path
) -> None:
    before = asyncio.all_tasks()
    component = connected(kind, made(kind, factory, tmp_path))
    await component.start(Extensions())
    await component.shutdown(NO_TIME_NS)
    await run_until_quiet()
    assert asyncio.all_tasks() == before


@every_component
async def test_it_may_be_stopped_twice(kind: ComponentKind, factory: Factory, tmp_path: Path) -> None:
    component = connected(kind, made(kind, factory, tmp_path))
    await component.start(Extensions())
    await component.shutdown(NO_TIME_NS)
    await component.shutdown(NO_TIME_NS)


@every_component
async def test_it_may_be_stopped_without_a_start(kind: ComponentKind, factory: Factory, tmp_path: Path) -> None:
    await connected(kind, made(kind, factory, tmp_path)).shutdown(NO_TIME_NS)
    await made(kind, factory, tmp_path).shutdown(NO_TIME_NS)


@every_component
async def test_two_of_a_type_live_side_by_side(kind: ComponentKind, factory: Factory, tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    pair = [connected(kind, made(kind, factory, folder)) for folder in folders]
    for component in pair:
        await component.start(Extensions())
    for component in pair:
        await component.shutdown(NO_TIME_NS)


@every_component
def test_a_bad_configuration_is_refused(kind: ComponentKind, factory: Factory, tmp_path: Path) -> None:
    sample = SAMPLES[kind, factory.type]
    for bad in (*sample.bad, {**sample.good, "no_such_key": 1}, [], "text"):
        with pytest.raises(ValidationError):
            factory.config.model_validate(filled(bad, tmp_path) if isinstance(bad, dict) else bad)


@every_component
def test_its_configuration_is_strict_and_does_not_change(kind: ComponentKind, factory: Factory) -> None:
    assert issubclass(factory.config, Section)
    settings = factory.config.model_config
    assert (settings["extra"], settings["strict"], settings["frozen"]) == ("forbid", True, True)


@every_component
def test_its_type_and_its_older_names_are_ids_and_find_it(kind: ComponentKind, factory: Factory) -> None:
    for name in (factory.type, *factory.aliases):
        assert ComponentId.parse(name) == ComponentId(name)
        assert FACTORIES.find(kind, name) is factory
