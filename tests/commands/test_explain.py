"""`otelrum explain` decides as the collector does, and what it says are the rule's own figures (SPEC section 5)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from otelrum.actions.settings import MS, Settings
from otelrum.commands.recording import requests_of
from otelrum.commands.replay import replay
from otelrum.otlp.json import to_json
from otelrum.processors.rum_action.config import RumActionConfig
from tests.commands.runs import CART, each_recording, replayed, run

pytestmark = pytest.mark.anyio

IDLE_NS = Settings().idle_ns


@each_recording
def test_its_reasons_are_the_figures_of_the_rule(path: Path) -> None:
    for one in replayed(path).actions:
        action, explanation, reason = one.action, one.explanation, one.added.get("action.end_reason")
        for gap in explanation.quiet:
            assert gap.start_ns < gap.end_ns
            assert gap.is_end == (gap.start_ns == action.end_ns)
        ended_by = [gap for gap in explanation.quiet if gap.is_end]
        assert len(ended_by) == (reason in ("idle", "no_activity"))
        last = [line for line in explanation.lines if line.is_last]
        if reason == "no_activity":
            assert "action.loading_time" not in one.added and not last
            assert explanation.why_ended.startswith("No activity")
        if reason == "idle" and one.added["action.loading_time"]:
            assert {line.end_ns for line in last} == {action.end_ns}
            assert f"Ended after {round(one.added['action.loading_time'] / MS)} ms" in explanation.why_ended  # type: ignore[operator]
        for gap in ended_by:  # at least as long as it must be, and nothing that counts begins in it
            assert gap.end_ns - gap.start_ns >= IDLE_NS
            counted = [
                line for line in explanation.lines if line.what in ("request", "mutation") and line.role != "ignored"
            ]
            assert not [line for line in counted if gap.start_ns < line.start_ns <= gap.end_ns]


@each_recording
def test_the_name_is_that_of_the_chosen_candidate(path: Path) -> None:
    for one in replayed(path).actions:
        chosen = [name for name in one.names if name["is_chosen"]]
        assert len(chosen) == bool(one.names)
        if chosen and chosen[0]["text"]:
            assert chosen[0]["text"] == one.added["action.target.name"]


# ---------------------------------------------------------------------- the command


def test_it_reads_json_lines_from_the_standard_input() -> None:
    said = run("-", stdin=CART)
    assert said.exit_code == 0
    assert "Click on Add to cart" in said.output and "Ended after 297 ms" in said.output


def test_it_reads_a_file_and_says_all_as_json(tmp_path: Path) -> None:
    (tmp_path / "out.jsonl").write_bytes(CART)
    (action,) = map(json.loads, run(str(tmp_path / "out.jsonl"), "--json").output.splitlines())
    assert action["name"] == "Click on Add to cart" and action["loading_ms"] == 297
    assert action["why"]["end"].startswith("Ended after 297 ms")


def test_what_the_live_page_gives_for_download_can_be_explained_again() -> None:
    (action,) = replay(requests_of(CART), RumActionConfig()).actions
    lines = b"".join(to_json(batch.signal, batch.data).encode() + b"\n" for batch in action.items)
    (again,) = replay(requests_of(lines), RumActionConfig()).actions
    assert again.explanation.why_ended == action.explanation.why_ended
    assert {k: v for k, v in again.added.items() if k.startswith("action.")} == {
        k: v for k, v in action.added.items() if k.startswith("action.")
    }
