"""The service in this process: ready, stopped, failed. Real signals are in tests/test_cli.py."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator

import pytest

from otelrum.collector.building import build_graph
from otelrum.collector.clock import SystemClock
from otelrum.collector.component import ComponentId
from otelrum.collector.errors import ConfigError, OtelrumError
from otelrum.collector.graph import StartError
from otelrum.collector.service import Service
from otelrum.collector.telemetry import Telemetry
from otelrum.testing import run_until_quiet
from tests.collector.scribes import Scribe, Scribes

pytestmark = pytest.mark.anyio

TEXT = """\
receivers: {scribe/r: }
exporters: {scribe/e: }
extensions: {scribe/x: , scribe/unlisted: }
service:
  extensions: [scribe/x]
  pipelines: {traces: {receivers: [scribe/r], exporters: [scribe/e]}}
"""


@pytest.fixture(autouse=True)
def _unfrozen() -> Iterator[None]:
    """What a service freezes must be garbage again for the tests that follow."""
    yield
    gc.unfreeze()


def service_of(scribes: Scribes, text: str = TEXT) -> Service:
    clock = SystemClock()
    return Service(build_graph(scribes.configuration(text), clock, Telemetry()), [], 1.0)


def receiver(scribes: Scribes) -> Scribe:
    return scribes.made["receiver scribe/r"][0]


async def test_extensions_hear_when_everything_has_started_and_before_anything_stops(
    scribes: Scribes,
) -> None:
    service = service_of(scribes)
    service.stop()
    await service.run()
    assert scribes.diary == [
        "start extension scribe/x",
        "start exporter scribe/e",
        "start receiver scribe/r",
        "extension scribe/x is reported ready",
        "extension scribe/x is reported not ready",
        "stop receiver scribe/r",
        "stop exporter scribe/e",
        "stop extension scribe/x",
    ]


async def test_processors_hear_too_so_that_nothing_waits_for_a_batch_at_the_end(scribes: Scribes) -> None:
    text = TEXT.replace("exporters: {scribe/e: }", "processors: {scribe/p: }\nexporters: {scribe/e: }")
    service = service_of(scribes, text.replace("exporters: [", "processors: [scribe/p], exporters: ["))
    service.stop()
    await service.run()
    diary = scribes.diary
    assert diary.index("processor scribe/p is reported not ready") < diary.index("stop receiver scribe/r")


async def test_it_runs_until_it_is_stopped(scribes: Scribes) -> None:
    service = service_of(scribes)
    running = asyncio.create_task(service.run())
    await run_until_quiet()
    assert not running.done()
    service.stop()
    await running


async def test_a_component_that_cannot_start_ends_what_was_started(scribes: Scribes) -> None:
    with pytest.raises(StartError, match="receivers::scribe/r: it does not want to"):
        await service_of(scribes, TEXT.replace("scribe/r: }", "scribe/r: {fail_start: true}}")).run()
    assert scribes.diary[-3:] == [
        "stop receiver scribe/r",
        "stop exporter scribe/e",
        "stop extension scribe/x",
    ]
    assert "extension scribe/x is reported ready" not in scribes.diary


async def test_a_component_that_fails_later_ends_everything_and_the_first_failure_is_reported(
    scribes: Scribes,
) -> None:
    service = service_of(scribes)
    running = asyncio.create_task(service.run())
    await run_until_quiet()
    host = receiver(scribes).host
    assert host is not None
    host.fail(OtelrumError("the socket is gone"))
    host.fail(OtelrumError("and so is another"))
    with pytest.raises(OtelrumError, match=r"^the socket is gone$"):
        await running
    assert scribes.diary[-1] == "stop extension scribe/x"


async def test_a_component_finds_listed_extensions_and_no_others(scribes: Scribes) -> None:
    service = service_of(scribes)
    assert service.extension(ComponentId("scribe", "x")) is scribes.made["extension scribe/x"][0]
    with pytest.raises(ConfigError, match="'scribe/unlisted' is not listed under service::extensions"):
        service.extension(ComponentId("scribe", "unlisted"))
