"""What print-config and components show."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest
import yaml

from otelrum.builtin import FACTORIES
from otelrum.collector.config.loading import load
from otelrum.collector.config.printing import components_text, configuration_text, duration_text
from otelrum.collector.config.read import read
from otelrum.collector.sections import parse_duration
from tests.collector.scribes import Scribes

TEXT = """\
receivers: {scribe: {headers: {token: s3cret}, text: "0123", wait: 90ms}}
exporters: {scribe/2: }
service: {pipelines: {traces: {receivers: [scribe], exporters: [scribe/2]}}}
"""


def test_the_configuration_is_shown_with_defaults_and_without_secrets(scribes: Scribes) -> None:
    text = configuration_text(scribes.configuration(TEXT))
    assert "s3cret" not in text
    shown = yaml.safe_load(text)
    assert shown["receivers"]["scribe"]["headers"] == {"token": "[REDACTED]"}
    assert shown["receivers"]["scribe"]["text"] == "0123"
    assert shown["exporters"]["scribe/2"]["wait"] == "0s"
    assert shown["exporters"]["scribe/2"]["from"] == "here"
    assert shown["service"]["telemetry"]["metrics"]["level"] == "normal"


def test_what_is_shown_is_a_configuration_again(scribes: Scribes) -> None:
    text = configuration_text(scribes.configuration(TEXT, "service.telemetry.metrics.level=none"))
    assert configuration_text(scribes.configuration(text)) == text


SHIPPED = sorted(str(path) for path in Path("config").glob("*.yaml"))
ODD = """\
yaml:
receivers: {otlp: {protocols: {grpc: {tls: {cert_file: a, key_file: b}}, http: {cors: {allowed_origins: "https://a.example"}}}}}
processors: {rum_action: {name_template: "$$ {target} $$$$", geo: {from: peer}}}
exporters: {otlp: {endpoint: "a:1", headers: {token: "$${s3cret}"}}}
extensions: {bearertokenauth: {tokens: [a]}}
service:
  telemetry: {metrics: {address: "localhost:1"}, resource: {a: null, b: c}}
  pipelines:
    traces: {receivers: [otlp], processors: [rum_action], exporters: [otlp]}
    logs: {receivers: [otlp], exporters: [otlp]}
"""


@pytest.mark.parametrize("source", [*SHIPPED, ODD], ids=[*SHIPPED, "odd"])
@pytest.mark.parametrize("format", ["yaml", "json"])
def test_what_is_shown_with_its_secrets_means_the_same(source: str, format: Literal["yaml", "json"]) -> None:
    config = read(load([source], [], {}), FACTORIES)
    again = read(load([f"yaml:{configuration_text(config, secrets=True, format=format)}"], [], {}), FACTORIES)
    assert again.pipelines == config.pipelines and again.service == config.service
    for kind, declared in config.components.items():
        assert {id: each.config for id, each in declared.items()} == {
            id: each.config for id, each in again.components[kind].items()
        }


def test_components_are_shown_with_their_older_names_and_signals(scribes: Scribes) -> None:
    shown = yaml.safe_load(components_text(scribes.factories))
    assert shown["exporters"][0] == {
        "type": "scribe",
        "aliases": ["writer"],
        "signals": ["logs", "metrics", "traces"],
    }
    assert shown["connectors"][0]["made_signals"] == ["metrics", "traces"]
    assert shown["exporters"][2] == {"type": "traces_only", "signals": ["traces"]}


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (timedelta(0), "0s"),
        (timedelta(microseconds=1), "1us"),
        (timedelta(milliseconds=300), "300ms"),
        (timedelta(seconds=1.5), "1500ms"),
        (timedelta(hours=300, microseconds=1), "1080000000001us"),
    ],
)
def test_a_duration_is_shown_as_it_is_read(duration: timedelta, text: str) -> None:
    assert duration_text(duration) == text
    assert parse_duration(text) == duration
