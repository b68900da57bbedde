"""`otelrum check`: what the pages of recorded OTLP lack, and the line that would mend it."""

from __future__ import annotations

import json
from typing import BinaryIO

import click

from otelrum.commands.recording import requests_of
from otelrum.commands.replay import Replayed, replay
from otelrum.commands.text import plain
from otelrum.processors.rum_action.config import RumActionConfig


@click.command()
@click.argument("file", type=click.File("rb"))
@click.option("--json", "as_json", is_flag=True, help="A finding a line.")
def check(file: BinaryIO, as_json: bool) -> None:
    """Say what the pages lack that sent recorded OTLP, and the line that would mend it.

    FILE is as for `explain`.
    """
    found = replay(requests_of(file.read()), RumActionConfig())
    for lack in found.lacks:
        if as_json:
            click.echo(json.dumps(lack._asdict()))
        else:
            of = f" (service {plain(lack.service)})" if lack.service else ""
            click.echo(f"{lack.title}{of}\n    {lack.why}\n    {lack.line}\n")
    if not as_json:
        click.echo(_summary(found))


def _summary(found: Replayed) -> str:
    if not found.items:
        return "Nothing in it is a browser's: its resource needs telemetry.sdk.language=webjs or a browser.* attribute."
    summary = f"{found.items} spans and records of browsers, {len(found.actions)} actions"
    if not found.actions:
        return f"{summary}: nobody clicked, or @opentelemetry/instrumentation-user-interaction is not registered."
    return f"{summary}, {len(found.lacks) or 'nothing'} to mend."
