"""`otelrum explain`: the actions of recorded OTLP, each with its reasons."""

from __future__ import annotations

import json
from typing import BinaryIO

import click

from otelrum.commands.recording import requests_of
from otelrum.commands.replay import replay
from otelrum.commands.text import paragraph
from otelrum.processors.rum_action.config import RumActionConfig


@click.command()
@click.argument("file", type=click.File("rb"))
@click.option("--json", "as_json", is_flag=True, help="An action a line, with everything that the live page shows.")
def explain(file: BinaryIO, as_json: bool) -> None:
    """Say why the actions of recorded OTLP are as they are.

    FILE has the JSON lines that the `file` exporter writes or the live page gives for download, or one request in
    JSON or protobuf; `-` is the standard input. Everything is decided anew, with the default settings.
    """
    for explained in replay(requests_of(file.read()), RumActionConfig()).actions:
        action = explained.finished().detail
        click.echo(json.dumps(action) if as_json else "\n".join([*paragraph(action), ""]))
