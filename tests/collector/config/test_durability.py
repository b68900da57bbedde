"""Whoever wants nothing lost reads where something can be."""

from __future__ import annotations

from pathlib import Path

import pytest

from otelrum.builtin import FACTORIES
from otelrum.collector.config.durability import durability_warnings
from otelrum.collector.config.loading import load
from otelrum.collector.config.read import read

CONFIG = """\
receivers: {{otlp: {{protocols: {{grpc: }}}}}}
processors: {{rum_action: {{{rum_action}}}}}
exporters:
  otlp_grpc: {{endpoint: "localhost:1", {otlp_grpc}}}
  debug:
extensions: {{file_storage: }}
service:
  extensions: [file_storage]
  pipelines: {{traces: {{receivers: [otlp], processors: [rum_action], exporters: [otlp_grpc, debug]}}}}
"""
KEPT = "storage: file_storage"
FOR_EVER = "retry_on_failure: {max_elapsed_time: 0s}"


@pytest.mark.parametrize(
    ("rum_action", "otlp_grpc", "expected"),
    [
        ("", "", []),
        ("", FOR_EVER, []),
        (KEPT, f"sending_queue: {{{KEPT}}}, {FOR_EVER}", []),
        (KEPT, "sending_queue: {enabled: false}", []),  # then it is kept until the backend has it
        (KEPT, "", ["sending_queue::storage"]),
        (KEPT, f"sending_queue: {{{KEPT}}}", ["max_elapsed_time"]),
        ("", f"sending_queue: {{{KEPT}}}, retry_on_failure: {{enabled: false}}", ["max_elapsed_time"]),
    ],
)
def test_what_can_be_lost_is_reported(rum_action: str, otlp_grpc: str, expected: list[str]) -> None:
    text = CONFIG.format(rum_action=rum_action, otlp_grpc=otlp_grpc)
    found = list(durability_warnings(read(load([f"yaml:{text}"], [], {}), FACTORIES)))
    assert len(found) == len(expected) and all(word in gap for word, gap in zip(expected, found, strict=True))


@pytest.mark.parametrize("path", sorted(Path("config").glob("*.yaml")), ids=lambda path: path.name)
def test_the_shipped_configurations_keep_what_they_promise(path: Path) -> None:
    assert not list(durability_warnings(read(load([str(path)], [], {}), FACTORIES)))


CONNECTED = """\
receivers: {{otlp: {{protocols: {{grpc: }}}}}}
processors: {{rum_action: {{storage: file_storage}}, action_sampling: {sampling}}}
exporters:
  otlp_grpc: {{endpoint: "localhost:1", sending_queue: {queue}, retry_on_failure: {{max_elapsed_time: 0s}}}}
connectors: {{rum_actions: }}
extensions: {{file_storage: }}
service:
  extensions: [file_storage]
  pipelines:
    traces: {{receivers: [otlp], processors: [rum_action, action_sampling], exporters: [rum_actions]}}
    traces/actions: {{receivers: [rum_actions], exporters: [otlp_grpc]}}
"""
ERRORS = "actions: [{name: failed, type: error}]"


@pytest.mark.parametrize(
    ("sampling", "queue", "expected"),
    [
        ("{helpers: drop}", f"{{{KEPT}}}", []),
        (f"{{{ERRORS}, {KEPT}}}", f"{{{KEPT}}}", []),
        (f"{{{ERRORS}}}", f"{{{KEPT}}}", ["action_sampling::storage"]),
        ("{helpers: drop}", "{}", ["sending_queue::storage"]),  # behind the connector
    ],
)
def test_what_can_be_lost_behind_a_connector_or_by_sampling_is_reported(
    sampling: str, queue: str, expected: list[str]
) -> None:
    text = CONNECTED.format(sampling=sampling, queue=queue)
    found = list(durability_warnings(read(load([f"yaml:{text}"], [], {}), FACTORIES)))
    assert len(found) == len(expected) and all(word in gap for word, gap in zip(expected, found, strict=True))
