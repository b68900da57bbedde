"""Recorded sessions of a real browser give the actions that they are known to give."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.processors.rum_action.captures import GOLDEN, Played, head_key, load, play

pytestmark = pytest.mark.anyio

FILES = sorted(GOLDEN.glob("*.json"))
ATTRIBUTES = {
    "type": "action.type",
    "name": "action.name",
    "target_name": "action.target.name",
    "name_source": "action.name_source",
    "selector": "action.target.selector",
    "resources": "action.resource.count",
    "errors": "action.error.count",
    "long_tasks": "action.long_task.count",
}
MS = 10**6


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
async def test_every_action_of_the_recording_is_as_expected(path: Path) -> None:
    capture = load(path)
    played = await play(capture)
    assert len(played.got) == len(played.sent)
    expected = [action for action in capture["expect"] if action["key"]]
    for action in expected:
        check(action, played)
    heads = {head_key(action) for action in expected}
    assert {key for key, one in played.got.items() if "action.type" in one.attributes} == heads
    for key, one in played.got.items():
        one.added_to(played.sent[key])  # raises where something else was changed


def check(expect: dict[str, Any], played: Played) -> None:
    got = played.got[head_key(expect)].attributes
    for key, attribute in ATTRIBUTES.items():
        if key in expect and (expect["type"] != "custom" or key in ("type", "name")):
            assert got.get(attribute) == expect[key], attribute
    own = got["action.id"]
    others = {key: one.attributes for key, one in played.got.items() if key != head_key(expect)}
    assert {key for key, one in others.items() if one.get("action.id") == own} == set(expect["members"])
    assert all(own in others[key]["action.ids"] for key in expect["shared"] if key in others)  # type: ignore[operator]
    if expect["type"] == "custom":
        assert expect["context"].items() <= got.items()
        return
    loading = got.get("action.loading_time")
    if expect["loading_time_ns"] is None:
        assert loading is None
    else:
        assert isinstance(loading, int) and abs(loading - expect["loading_time_ns"]) <= MS
    assert sorted(got.get("action.frustration.type", [])) == sorted(expect["frustration"])  # type: ignore[call-overload]
    assert got.get("user_agent.original") == expect["user_agent"]


async def test_the_actions_read_as_the_golden_page_says() -> None:
    """tests/golden/actions.md is for people: what a product owner sees of the recordings."""
    lines = ["# The actions of the recordings in this folder", ""]
    for path in FILES:
        played = await play(load(path))
        lines += [f"## {path.stem}", "", f"{load(path)['note']}", ""]
        heads = [one.attributes for one in played.got.values() if "action.type" in one.attributes]
        lines += [f"- {described(one)}" for one in heads] + [""]
    assert "\n".join(lines) == (GOLDEN.parent / "actions.md").read_text(), "\n".join(lines)


def described(action: dict[str, Any]) -> str:
    if action["action.type"] == "custom":
        context = {key: value for key, value in action.items() if key.startswith("context.")}
        return f"custom action **{action['action.name']}** with {context}"
    loading = action.get("action.loading_time")
    kinds = {"resource": "resource(s)", "error": "error(s)", "long_task": "long task(s)"}
    counts = [f"{action[f'action.{key}.count']} {words}" for key, words in kinds.items()]
    time = "no activity" if loading is None else f"{loading / MS:.1f} ms"
    signs = ", ".join(action.get("action.frustration.type", []))
    return f"**{action['action.name']}** ({action['action.target.selector']}): {time}, " + ", ".join(
        [*counts, *([signs] if signs else [])]
    )
