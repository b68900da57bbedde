"""`otelrum explain` decides as the collector does, and what it says are the rule's own figures (SPEC section 5)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from otelrum.actions.settings import MS, Settings
from otelrum.cli import cli
from otelrum.commands.recording import requests_of
from otelrum.commands.replay import Replayed, replay
from otelrum.otlp.batch import Batch
from otelrum.otlp.json import to_json
from otelrum.processors.rum_action.config import RumActionConfig
from tests.processors.rum_action import captures
from tests.processors.rum_action.captures import GOLDEN, play

pytestmark = pytest.mark.anyio

SHARED = Path(__file__).resolve().parents[3] / "shared" / "captures"
FILES = sorted((SHARED if SHARED.is_dir() else GOLDEN).glob("*.json"))
IDLE_NS = Settings().idle_ns

each_recording = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def recorded(path: Path) -> bytes:
    """A recording as the `file` exporter writes it."""
    reported = captures.requests_of(captures.load(path))
    return b"".join(to_json(signal, data).encode() + b"\n" for _, signal, data in reported)


def replayed(path: Path) -> Replayed:
    return replay(requests_of(recorded(path)), RumActionConfig())


@each_recording
async def test_it_gives_the_actions_that_the_collector_gives(path: Path) -> None:
    played = await play(captures.load(path))
    heads = [one.attributes for one in played.got.values() if "action.type" in one.attributes]
    reported = [one.added for one in replayed(path).actions]

    def seen(action: Any) -> dict[str, object]:
        return {key: value for key, value in action.items() if key.startswith("action.") and key != "action.context"}

    assert sorted(map(seen, reported), key=str) == sorted(map(seen, heads), key=str)


@each_recording
def test_its_reasons_are_the_figures_of_the_rule(path: Path) -> None:
    for one in replayed(path).actions:
        action, reported, reason = one.action, one.explanation, one.added.get("action.end_reason")
        for gap in reported.quiet:
            assert gap.start_ns < gap.end_ns
            assert gap.is_end == (gap.start_ns == action.end_ns)
        ended_by = [gap for gap in reported.quiet if gap.is_end]
        assert len(ended_by) == (reason in ("idle", "no_activity"))
        last = [line for line in reported.lines if line.is_last]
        if reason == "no_activity":
            assert "action.loading_time" not in one.added and not last
            assert reported.why_ended.startswith("No activity")
        if reason == "idle" and one.added["action.loading_time"]:
            assert {line.end_ns for line in last} == {action.end_ns}
            assert f"Ended after {round(one.added['action.loading_time'] / MS)} ms" in reported.why_ended  # type: ignore[operator]
        for gap in ended_by:  # at least as long as it must be, and nothing that counts begins in it
            assert gap.end_ns - gap.start_ns >= IDLE_NS
            counted = [
                line for line in reported.lines if line.what in ("request", "mutation") and line.role != "ignored"
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
def run(*arguments: str, stdin: bytes = b"") -> Result:
    return CliRunner().invoke(cli, ["explain", *arguments], input=stdin)


CART = recorded(GOLDEN / "shop_add_to_cart.zone.hook.json")


def test_it_reads_json_lines_from_the_standard_input() -> None:
    said = run("-", stdin=CART)
    assert said.exit_code == 0
    assert "Click on Add to cart" in said.output and "Ended after 297 ms" in said.output


def test_it_reads_a_file_and_says_all_as_json(tmp_path: Path) -> None:
    (tmp_path / "out.jsonl").write_bytes(CART)
    (action,) = map(json.loads, run(str(tmp_path / "out.jsonl"), "--json").output.splitlines())
    assert action["name"] == "Click on Add to cart" and action["loading_ms"] == 297
    assert action["why"]["end"].startswith("Ended after 297 ms")


def test_it_reads_one_request_in_json_of_many_lines_or_in_protobuf() -> None:
    requests = [batch for batch in requests_of(CART) if b"target_element" in batch.data]
    (request,) = requests
    pretty = json.dumps(json.loads(to_json(request.signal, request.data)), indent=2).encode()
    assert run("-", stdin=pretty).output == run("-", stdin=request.data).output != ""


def test_what_a_collector_has_decided_is_decided_anew() -> None:
    decided = CART.replace(
        b'"attributes": [', b'"attributes": [{"key": "action.id", "value": {"stringValue": "old"}}, '
    )
    decided = decided.replace(b'"attributes":[', b'"attributes":[{"key":"action.id","value":{"stringValue":"old"}},')
    assert decided != CART
    assert run("-", "--json", stdin=decided).output == run("-", "--json", stdin=CART).output


def test_what_the_live_page_gives_for_download_can_be_explained_again() -> None:
    (action,) = replay(requests_of(CART), RumActionConfig()).actions
    lines = b"".join(to_json(batch.signal, batch.data).encode() + b"\n" for batch in action.items)
    (again,) = replay(requests_of(lines), RumActionConfig()).actions
    assert again.explanation.why_ended == action.explanation.why_ended
    assert {k: v for k, v in again.added.items() if k.startswith("action.")} == {
        k: v for k, v in action.added.items() if k.startswith("action.")
    }


@pytest.mark.parametrize("broken", [b"", b"hello", b"{", b'{"resourceSpans": 7}', b'{"a": 1}\n[]\n{'])
def test_what_is_no_otlp_is_said_to_be_none(broken: bytes) -> None:
    said = run("-", stdin=broken)
    assert said.exit_code in (0, 1) and "Traceback" not in said.output
    assert (said.exit_code == 1) == (broken != b"")


def test_a_name_that_would_move_the_cursor_is_only_text() -> None:
    said = run("-", stdin=CART.replace(b"Add to cart", b"\\u001b[2J\\u0007gone"))
    assert "\x1b" not in said.output and "\x07" not in said.output and "gone" in said.output


def test_batches_without_browsers_have_no_actions() -> None:
    assert replay([Batch(next(iter(requests_of(CART))).signal, b"")], RumActionConfig()).actions == []
