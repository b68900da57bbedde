"""`otelrum tail`: the actions of a running collector in a terminal, as its live page hears of them."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

import click
import httpx

from otelrum.collector.errors import OtelrumError
from otelrum.collector.sections import parse_duration
from otelrum.commands.text import line

Event = tuple[str, dict[str, Any]]


def events_of(lines: Iterable[str]) -> Iterator[Event]:
    """Server-sent events: name and data."""
    name = ""
    for text in lines:
        field, _, value = text.partition(": ")
        if field == "event":
            name = value
        elif field == "data":
            yield name, json.loads(value)


def actions_of(events: Iterable[Event], before: int) -> Iterator[dict[str, Any]]:
    """Up to so many of the actions that there were, then each that comes."""
    earlier: deque[dict[str, Any]] | None = deque(maxlen=before)
    for name, data in events:
        if name == "ready" and earlier is not None:
            yield from earlier
            earlier = None
        elif name == "action" and earlier is not None:
            earlier.append(data)
        elif name == "action":
            yield data


def fits(action: dict[str, Any], frustration: str, name: str, slower_ms: float) -> bool:
    """Whether an action passes the filters; an empty one lets all pass."""
    if frustration and not any(frustration in ("any", sign, sign.partition("_")[0]) for sign in action["frustration"]):
        return False
    if name.lower() not in action["name"].lower():
        return False
    return slower_ms <= 0 or (action["loading_ms"] or 0) >= slower_ms


@click.command()
@click.option("--url", default="http://localhost:4390", show_default=True, help="Of the live page, as its log says it.")
@click.option("-n", "--lines", "before", default=10, show_default=True, help="How many earlier actions come first.")
@click.option("--json", "as_json", is_flag=True, help="An action a line, as JSON.")
@click.option("--frustration", default="", help="rage, dead, error, or any.")
@click.option("--name", default="", help="What the name must contain.")
@click.option("--slower", default="0s", help="The least loading time, such as 1s.")
def tail(url: str, before: int, as_json: bool, frustration: str, name: str, slower: str) -> None:
    """Show the actions of a running collector as they are decided."""
    try:
        slower_ms = parse_duration(slower).total_seconds() * 1000
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    for action in actions_of(events_of(_lines(url)), before):
        if fits(action, frustration, name, slower_ms):
            click.echo(json.dumps(action) if as_json else line(action))


def _lines(url: str) -> Iterator[str]:
    """What the page says, for as long as it does. Raises OtelrumError."""
    page = httpx.URL(url)
    token = page.params.get("token", "")
    headers = {"authorization": f"Bearer {token}"} if token else {}
    timeout = httpx.Timeout(10, read=60)  # the page says every 15 s that it is alive
    try:
        with httpx.stream(
            "GET", page.copy_with(path="/events", query=None), headers=headers, timeout=timeout
        ) as answer:
            if answer.status_code != 200:
                text = answer.read().decode(errors="replace").strip()
                raise OtelrumError(f"{url} answers {answer.status_code}: {text}")
            yield from answer.iter_lines()
    except httpx.HTTPError as error:
        raise OtelrumError(f"no live page at {url}: {error}") from error
