"""Ids of components and pipelines: the OpenTelemetry Collector's rules."""

from __future__ import annotations

import pytest

from otelrum.collector.component import ComponentId, PipelineId
from otelrum.otlp.batch import Signal


@pytest.mark.parametrize(
    ("text", "id"),
    [
        ("otlp", ComponentId("otlp")),
        ("otlp/1", ComponentId("otlp", "1")),
        ("otlp/a/b", ComponentId("otlp", "a/b")),
        (" otlp / a ", ComponentId("otlp", "a")),
        ("otlp/été-2.x", ComponentId("otlp", "été-2.x")),
    ],
)
def test_a_component_id_is_a_type_and_perhaps_a_name(text: str, id: ComponentId) -> None:
    assert ComponentId.parse(text) == id


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/x",
        "otlp/",
        "1otlp",
        "o-tlp",
        "o" * 64,
        "otlp/a b",
        "otlp/a+b",
        "otlp/\n\0x",
        "otlp/" + "n" * 1025,
    ],
)
def test_what_is_no_component_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no type|is no name|has nothing after the slash"):
        ComponentId.parse(text)


def test_a_pipeline_id_is_a_signal_and_perhaps_a_name() -> None:
    assert PipelineId.parse("traces") == PipelineId(Signal.TRACES)
    assert PipelineId.parse("logs/eu") == PipelineId(Signal.LOGS, "eu")
    for text in ("span", "traces/", "Traces", ""):
        with pytest.raises(ValueError, match=r"is none of|has nothing after"):
            PipelineId.parse(text)


def test_ids_are_written_as_they_are_read() -> None:
    assert [str(ComponentId.parse(text)) for text in ("otlp", "otlp/1")] == ["otlp", "otlp/1"]
    assert [str(PipelineId.parse(text)) for text in ("traces", "logs/1")] == ["traces", "logs/1"]
