"""`otelrum check` says what the pages of a recording lack."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from otelrum.cli import cli
from otelrum.otlp.json import to_json
from tests.processors.rum_action.captures import GOLDEN, load, requests_of


def recorded(*names: str) -> bytes:
    """Recordings one after the other, as the `file` exporter writes them."""
    requests = [request for name in names for request in requests_of(load(GOLDEN / f"{name}.json"))]
    return b"".join(to_json(signal, data).encode() + b"\n" for _, signal, data in requests)


def checked(recorded_otlp: bytes, *options: str) -> str:
    said = CliRunner().invoke(cli, ["check", "-", *options], input=recorded_otlp)
    assert said.exit_code == 0, said.output
    return said.output


FULL = (
    "shop_add_to_cart.nozone.full",
    "rage_click.zone.full",
    "spa_pushstate.nozone.full",
    "shop_checkout_error.zone.full",
)


def test_pages_that_say_everything_lack_nothing() -> None:
    assert "nothing to mend" in checked(recorded(*FULL))


@pytest.mark.parametrize(
    ("key", "removed"),
    [
        ("session", [b'"session.id"']),
        ("mutations", [b'"dom.mutation"', b'"browser.mutation_observer"']),
        ("names", [b'"target.text"']),
        ("records", [b'"resourceLogs"']),
    ],
)
def test_what_is_taken_away_is_said_to_be_missing(key: str, removed: list[bytes]) -> None:
    poorer = recorded(*FULL)
    for name in removed:
        poorer = poorer.replace(name, b'"other"')
    found = [json.loads(line) for line in checked(poorer, "--json").splitlines()]
    assert key in {one["key"] for one in found}
    assert all(one["title"] and one["why"] and one["line"] for one in found)


def test_a_recording_without_browsers_is_said_to_have_none() -> None:
    assert "Nothing in it is a browser's" in checked(b'{"resourceSpans": []}')
