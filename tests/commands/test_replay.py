"""A recording gives the actions that the collector gave."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from otelrum.commands.recording import requests_of
from otelrum.commands.replay import replay
from otelrum.otlp.batch import Batch
from otelrum.processors.rum_action.config import RumActionConfig
from tests.commands.runs import CART, each_recording, replayed, run
from tests.processors.rum_action import captures
from tests.processors.rum_action.captures import play

pytestmark = pytest.mark.anyio


@each_recording
async def test_it_gives_the_actions_that_the_collector_gives(path: Path) -> None:
    played = await play(captures.load(path))
    heads = [one.attributes for one in played.got.values() if "action.type" in one.attributes]
    found = [one.added for one in replayed(path).actions]

    def seen(action: Any) -> dict[str, object]:
        return {key: value for key, value in action.items() if key.startswith("action.") and key != "action.context"}

    assert sorted(map(seen, found), key=str) == sorted(map(seen, heads), key=str)


def test_what_a_collector_has_decided_is_decided_anew() -> None:
    decided = CART.replace(
        b'"attributes": [', b'"attributes": [{"key": "action.id", "value": {"stringValue": "old"}}, '
    )
    decided = decided.replace(b'"attributes":[', b'"attributes":[{"key":"action.id","value":{"stringValue":"old"}},')
    assert decided != CART
    assert run("-", "--json", stdin=decided).output == run("-", "--json", stdin=CART).output


def test_batches_without_browsers_have_no_actions() -> None:
    assert replay([Batch(next(iter(requests_of(CART))).signal, b"")], RumActionConfig()).actions == []
