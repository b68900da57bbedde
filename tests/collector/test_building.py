"""Components made and connected: how many there are, and who gives to whom."""

from __future__ import annotations

import pytest

from otelrum.collector.building import build_graph
from otelrum.collector.clock import SystemClock
from otelrum.collector.component import PipelineId
from otelrum.collector.errors import ConfigError
from otelrum.collector.graph import Graph
from otelrum.collector.telemetry import Telemetry
from otelrum.otlp.batch import Batch, Signal
from tests.collector.scribes import Scribe, Scribes
from tests.conftest import span_request

pytestmark = pytest.mark.anyio

TWO_PIPELINES = """\
receivers: {scribe: }
processors: {scribe/own: , shared: , shared/2: }
exporters: {scribe/a: , scribe/b: , scribe/unused: }
extensions: {scribe/used: , scribe/unused: }
service:
  extensions: [scribe/used]
  pipelines:
    traces: {receivers: [scribe], processors: [scribe/own, shared], exporters: [scribe/a, scribe/b]}
    logs: {receivers: [scribe], processors: [scribe/own, shared], exporters: [scribe/a]}
"""


def built(scribes: Scribes, text: str, telemetry: Telemetry | None = None) -> Graph:
    return build_graph(scribes.configuration(text), SystemClock(), telemetry or Telemetry())


def the_receiver(scribes: Scribes) -> Scribe:
    return scribes.made["receiver scribe"][0]


def test_each_component_is_made_once_and_a_processor_that_is_not_shared_once_a_pipeline(
    scribes: Scribes,
) -> None:
    built(scribes, TWO_PIPELINES)
    assert {name: len(made) for name, made in scribes.made.items()} == {
        "receiver scribe": 1,
        "processor scribe/own": 2,
        "processor shared": 1,
        "exporter scribe/a": 1,
        "exporter scribe/b": 1,
        "extension scribe/used": 1,
    }


def test_a_shared_processor_is_connected_once_for_each_of_its_pipelines(scribes: Scribes) -> None:
    built(scribes, TWO_PIPELINES)
    pipelines = {PipelineId(Signal.TRACES), PipelineId(Signal.LOGS)}
    assert set(scribes.made["processor shared"][0].targets) == pipelines


async def test_data_goes_through_the_processors_in_order_and_to_every_exporter(scribes: Scribes) -> None:
    built(scribes, TWO_PIPELINES)
    await the_receiver(scribes).targets[Signal.TRACES].consume(Batch(Signal.TRACES, span_request()))
    assert scribes.diary == [
        "processor scribe/own takes traces",
        "processor shared takes traces",
        "exporter scribe/a takes traces",
        "exporter scribe/b takes traces",
    ]


async def test_a_receiver_of_two_pipelines_of_a_signal_gives_to_both(scribes: Scribes) -> None:
    built(scribes, TWO_PIPELINES.replace("logs:", "traces/2:").replace(", shared]", "]"))
    await the_receiver(scribes).targets[Signal.TRACES].consume(Batch(Signal.TRACES, span_request()))
    assert scribes.diary.count("exporter scribe/a takes traces") == 2
    assert scribes.diary.count("exporter scribe/b takes traces") == 1


async def test_a_pipeline_without_processors_goes_straight_to_its_exporter(scribes: Scribes) -> None:
    built(scribes, TWO_PIPELINES.replace("[scribe/own, shared]", "[]").replace(", scribe/b]", "]"))
    exporter = scribes.made["exporter scribe/a"][0]
    assert the_receiver(scribes).targets == {Signal.TRACES: exporter, Signal.LOGS: exporter}


async def test_each_processor_counts_what_comes_in_and_what_goes_out(scribes: Scribes) -> None:
    telemetry = Telemetry()
    built(scribes, TWO_PIPELINES, telemetry)
    await the_receiver(scribes).targets[Signal.TRACES].consume(Batch(Signal.TRACES, span_request(3)))
    counted = {
        (name.removeprefix("otelcol_processor_"), dict(labels)["processor"])
        for (name, labels), value in telemetry.snapshot().items()
        if value == 3 and dict(labels)["otel_signal"] == "traces"
    }
    assert counted == {
        (direction, processor)
        for direction in ("incoming_items", "outgoing_items")
        for processor in ("scribe/own", "shared")
    }


def test_processors_are_ordered_as_the_data_flows_over_all_pipelines(scribes: Scribes) -> None:
    text = TWO_PIPELINES.replace("logs: {receivers: [scribe], processors: [scribe/own, shared]",
                                 "logs: {receivers: [scribe], processors: [shared/2, shared]")  # fmt: skip
    order = [str(member.id) for member in built(scribes, text).stages]
    assert order.index("scribe/own") < order.index("shared")
    assert order.index("shared/2") < order.index("shared")


def test_shared_processors_in_opposite_order_are_refused(scribes: Scribes) -> None:
    text = TWO_PIPELINES.replace("[scribe/own, shared]", "[shared, shared/2]", 1)
    text = text.replace("[scribe/own, shared]", "[shared/2, shared]")
    with pytest.raises(ConfigError, match="one before the other in a circle: processors::shared"):
        built(scribes, text)


def test_what_a_component_refuses_is_reported_with_its_place(scribes: Scribes) -> None:
    with pytest.raises(ConfigError, match=r"^yaml:3: exporters::scribe/a: not today$"):
        built(scribes, TWO_PIPELINES.replace("scribe/a: ,", "scribe/a: {refuse: not today},"))


CONNECTED = """\
receivers: {scribe/r: }
processors: {scribe/before: , scribe/behind: }
exporters: {scribe/e: }
connectors: {scribe/c: }
service:
  pipelines:
    metrics: {receivers: [scribe/c], processors: [scribe/behind], exporters: [scribe/e]}
    traces: {receivers: [scribe/r], processors: [scribe/before], exporters: [scribe/e, scribe/c]}
    logs: {receivers: [scribe/r], exporters: [scribe/c]}
"""


async def test_what_a_connector_makes_goes_through_the_pipelines_behind_it(scribes: Scribes) -> None:
    built(scribes, CONNECTED)
    await scribes.made["receiver scribe/r"][0].targets[Signal.TRACES].consume(Batch(Signal.TRACES, span_request()))
    assert scribes.diary == [
        "processor scribe/before takes traces",
        "exporter scribe/e takes traces",
        "connector scribe/c takes traces",
        "processor scribe/behind takes metrics",
        "exporter scribe/e takes metrics",
    ]
    assert len(scribes.made["connector scribe/c"]) == 1


async def test_a_connector_counts_at_both_ends(scribes: Scribes) -> None:
    telemetry = Telemetry()
    built(scribes, CONNECTED, telemetry)
    await scribes.made["receiver scribe/r"][0].targets[Signal.LOGS].consume(Batch(Signal.LOGS, span_request(3)))
    counted = {
        (name, dict(labels)["otel_signal"])
        for (name, labels), value in telemetry.snapshot().items()
        if value and "connector" in dict(labels)
    }
    assert counted == {("otelcol_connector_consumed_items", "logs"), ("otelcol_connector_produced_items", "metrics")}


def test_a_connector_stands_between_the_processors_before_and_behind_it(scribes: Scribes) -> None:
    order = [str(member.id) for member in built(scribes, CONNECTED).stages]
    assert order == ["scribe/before", "scribe/c", "scribe/behind"]


def test_connectors_in_a_circle_are_refused(scribes: Scribes) -> None:
    text = CONNECTED.replace("{scribe/c: }", "{scribe/c: , scribe/d: }")
    text = text.replace("metrics: {receivers: [scribe/c]", "metrics: {receivers: [scribe/c], exporters: [scribe/d]}\n"
                        "    traces/2: {receivers: [scribe/d], exporters: [scribe/c]}\n"
                        "    metrics/2: {receivers: [scribe/c]")  # fmt: skip
    with pytest.raises(ConfigError, match=r"connectors::scribe/[cd] -> connectors::scribe/[cd]"):
        built(scribes, text)
