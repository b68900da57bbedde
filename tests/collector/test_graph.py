"""A life: who starts before whom, who stops before whom, and what happens when one does not want to."""

from __future__ import annotations

import asyncio

import pytest

from otelrum.collector.building import build_graph
from otelrum.collector.clock import SystemClock
from otelrum.collector.component import ComponentId, Host
from otelrum.collector.config.nodes import Location
from otelrum.collector.factories import ComponentKind
from otelrum.collector.graph import Graph, Member, StartError
from otelrum.collector.telemetry import Telemetry
from otelrum.testing import Extensions
from tests.collector.scribes import Scribes

pytestmark = pytest.mark.anyio

SECOND_NS = 10**9

TEXT = """\
receivers: {scribe/r: }
processors: {scribe/p1: , scribe/p2: }
exporters: {scribe/e: }
extensions: {scribe/x1: , scribe/x2: }
service:
  extensions: [scribe/x1, scribe/x2]
  pipelines:
    traces: {receivers: [scribe/r], processors: [scribe/p1, scribe/p2], exporters: [scribe/e]}
"""

STOP_ORDER = [
    "receiver scribe/r",
    "processor scribe/p1",
    "processor scribe/p2",
    "exporter scribe/e",
    "extension scribe/x2",
    "extension scribe/x1",
]


def soon() -> int:
    return SystemClock().now_ns() + SECOND_NS


def built(scribes: Scribes, text: str = TEXT) -> Graph:
    return build_graph(scribes.configuration(text), SystemClock(), Telemetry())


async def test_who_sends_on_starts_last_and_stops_first(scribes: Scribes) -> None:
    graph = built(scribes)
    await graph.start(Extensions())
    assert scribes.diary == [
        "start extension scribe/x1",
        "start extension scribe/x2",
        "start exporter scribe/e",
        "start processor scribe/p2",
        "start processor scribe/p1",
        "start receiver scribe/r",
    ]
    scribes.diary.clear()
    await graph.shutdown(soon())
    assert scribes.diary == [f"stop {name}" for name in STOP_ORDER]


CONNECTED = TEXT.replace("exporters: {scribe/e: }", "exporters: {scribe/e: }\nconnectors: {scribe/c: }").replace(
    "exporters: [scribe/e]}", "exporters: [scribe/c]}\n    metrics: {receivers: [scribe/c], exporters: [scribe/e]}"
)


async def test_a_connector_starts_before_who_sends_to_it_and_stops_before_what_it_sends_to(scribes: Scribes) -> None:
    graph = built(scribes, CONNECTED)
    await graph.start(Extensions())
    await graph.shutdown(soon())
    started = ["exporter scribe/e", "connector scribe/c", "processor scribe/p2", "processor scribe/p1"]
    assert [line for line in scribes.diary if line.startswith("start")][2:-1] == [f"start {name}" for name in started]
    stopped = ["processor scribe/p1", "processor scribe/p2", "connector scribe/c", "exporter scribe/e"]
    assert [line for line in scribes.diary if line.startswith("stop")][1:-2] == [f"stop {name}" for name in stopped]


async def test_a_component_that_cannot_start_is_named_with_its_place(scribes: Scribes) -> None:
    graph = built(scribes, TEXT.replace("scribe/e: }", "scribe/e: {fail_start: true}}"))
    with pytest.raises(StartError, match=r"^yaml:3: exporters::scribe/e: it does not want to$"):
        await graph.start(Extensions())
    assert scribes.diary[-1] == "start exporter scribe/e"


async def test_everything_stops_also_when_one_fails_to(scribes: Scribes, caplog: pytest.LogCaptureFixture) -> None:
    graph = built(scribes, TEXT.replace("scribe/p1: ,", "scribe/p1: {fail_shutdown: true},"))
    await graph.shutdown(soon())
    assert scribes.diary == [f"stop {name}" for name in STOP_ORDER]
    assert caplog.messages == ["processors::scribe/p1 failed while it stopped: it does not want to"]


class Stubborn:
    """Stops only when it is cut off."""

    def __init__(self) -> None:
        self.cut_off = False

    async def start(self, host: Host) -> None:
        """Nothing to open."""

    async def shutdown(self, deadline_ns: int) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cut_off = True
            raise


class Meeting(Stubborn):
    """Stops only together with others."""

    def __init__(self, barrier: asyncio.Barrier) -> None:
        super().__init__()
        self._barrier = barrier

    async def shutdown(self, deadline_ns: int) -> None:
        await self._barrier.wait()


def members(kind: ComponentKind, *components: Stubborn) -> list[Member]:
    return [Member(kind, ComponentId("x", str(n)), Location("c"), each) for n, each in enumerate(components)]


async def test_a_component_that_overstays_the_deadline_is_cut_off(caplog: pytest.LogCaptureFixture) -> None:
    stubborn = Stubborn()
    graph = Graph([], members(ComponentKind.RECEIVERS, stubborn), [], [], SystemClock())
    await graph.shutdown(SystemClock().now_ns())
    await asyncio.sleep(0)
    assert stubborn.cut_off
    assert caplog.messages == ["receivers::x/0 did not stop in time"]


async def test_exporters_stop_together_so_that_none_uses_up_the_time_of_another() -> None:
    barrier = asyncio.Barrier(2)
    exporters = members(ComponentKind.EXPORTERS, Meeting(barrier), Meeting(barrier))
    async with asyncio.timeout(10):
        await Graph([], [], [], exporters, SystemClock()).shutdown(soon() + 60 * SECOND_NS)
