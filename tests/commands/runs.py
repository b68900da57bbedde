"""Runs of the commands over recordings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from otelrum.cli import cli
from otelrum.commands.recording import requests_of
from otelrum.commands.replay import Replayed, replay
from otelrum.otlp.json import to_json
from otelrum.processors.rum_action.config import RumActionConfig
from tests.processors.rum_action import captures
from tests.processors.rum_action.captures import GOLDEN

SHARED = Path(__file__).resolve().parents[3] / "shared" / "captures"


FILES = sorted((SHARED if SHARED.is_dir() else GOLDEN).glob("*.json"))


each_recording = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def recorded(path: Path) -> bytes:
    """A recording as the `file` exporter writes it."""
    requests = captures.requests_of(captures.load(path))
    return b"".join(to_json(signal, data).encode() + b"\n" for _, signal, data in requests)


def replayed(path: Path) -> Replayed:
    return replay(requests_of(recorded(path)), RumActionConfig())


def run(*arguments: str, stdin: bytes = b"") -> Result:
    return CliRunner().invoke(cli, ["explain", *arguments], input=stdin)


CART = recorded(GOLDEN / "shop_add_to_cart.zone.hook.json")


PAY: dict[str, Any] = {
    "name": "Click on Pay",
    "time_ms": 1_767_225_600_123.4,
    "loading_ms": 1250.0,
    "frustration": ["dead_click", "rage_click"],
    "resources": 2,
    "errors": 1,
    "long_tasks": 0,
}
