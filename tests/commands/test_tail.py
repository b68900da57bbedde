"""`otelrum tail` shows what the live page hears."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from otelrum.commands.tail import actions_of, events_of, fits
from tests.commands.runs import PAY
from tests.processors.rum_action.captures import GOLDEN, load, requests_of
from tests.running import Collector, written


def test_server_sent_events_are_read_line_by_line() -> None:
    lines = ["event: action", 'data: {"a": 1}', "", ": nothing new", "", "event: ready", "data: {}", ""]
    assert list(events_of(lines)) == [("action", {"a": 1}), ("ready", {})]


def test_the_latest_of_what_there_was_come_first_and_then_all_that_comes() -> None:
    events = [("action", {"n": n}) for n in range(5)] + [("ready", {}), ("pending", {}), ("action", {"n": 9})]
    assert [action["n"] for action in actions_of(events, 2)] == [3, 4, 9]
    assert [action["n"] for action in actions_of(events, 0)] == [9]


@pytest.mark.parametrize(
    ("frustration", "name", "slower_ms", "shown"),
    [
        ("", "", 0, True),
        ("rage", "", 0, True),
        ("rage_click", "", 0, True),
        ("any", "", 0, True),
        ("error", "", 0, False),
        ("", "pay", 0, True),
        ("", "buy", 0, False),
        ("", "", 1250, True),
        ("", "", 1251, False),
    ],
)
def test_only_what_passes_all_filters_is_shown(frustration: str, name: str, slower_ms: float, shown: bool) -> None:
    assert fits(PAY, frustration, name, slower_ms) == shown


CONFIG = """\
receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:0"}}}}
processors: {rum_action: {decision_wait: 1s}}
exporters: {debug: {verbosity: basic}}
extensions: {live_view: {endpoint: "localhost:0"}}
service:
  extensions: [live_view]
  pipelines:
    traces: {receivers: [otlp], processors: [rum_action], exporters: [debug]}
    logs: {receivers: [otlp], processors: [rum_action], exporters: [debug]}
"""


def test_it_shows_the_actions_of_a_running_collector(tmp_path: Path) -> None:
    with Collector("--config", written(tmp_path, CONFIG)) as collector:
        port = collector.ready()["http"]
        (page,) = [line.partition("live page on ")[2] for line in collector.log if "live page on" in line]
        command = [sys.executable, "-m", "otelrum", "tail", "--url", page, "--name", "cart"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as tail:
            for _, signal, data in requests_of(load(GOLDEN / "shop_add_to_cart.zone.hook.json")):
                headers = {"content-type": "application/x-protobuf"}
                assert (
                    httpx.post(f"http://127.0.0.1:{port}/v1/{signal}", content=data, headers=headers).status_code == 200
                )
            assert tail.stdout
            shown = tail.stdout.readline()
            tail.kill()
    assert "297 ms  Click on Add to cart" in shown


def test_without_a_live_page_it_says_so() -> None:
    command = [sys.executable, "-m", "otelrum", "tail", "--url", "http://127.0.0.1:1"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 1 and ran.stderr.startswith("Error: no live page at http://127.0.0.1:1")
