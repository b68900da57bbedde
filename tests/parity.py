"""Compares actions with what Datadog's SDK said of the same clicks, over recorded sessions.

    python tests/parity.py FOLDER_OF_CAPTURES

Prints a line a kind of recording, and each miss with its reason where the recording says one.
"""

from __future__ import annotations

import asyncio
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.processors.rum_action.captures import Data, head_key, load, play

NEAR_NS = 25 * 10**6
COUNTS = {"resource": "resources", "error": "errors", "long_task": "long_tasks"}
COLUMNS = ("loading time", "counts", "frustration", "names")
WHY = {"loading time": "loading_time", "counts": "counts", "frustration": "frustration", "names": "name"}
UNTOLD = {"names": "the page sends no names, or not this one"}
"""Reasons that no recording shows, because they hold for every click of its kind."""


@dataclass
class EventClass:
    """The clicks of one kind of recording: Datadog's, seen, and alike by column."""

    clicks: int = 0
    seen: int = 0
    alike: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COLUMNS, 0))


def compared(got: Data, datadog: Data) -> dict[str, bool]:
    """What of an action is as Datadog says."""
    loading, want = got.get("action.loading_time"), datadog["loading_time_ns"]
    is_near = loading is None if want is None else isinstance(loading, int) and abs(loading - want) <= NEAR_NS
    return {
        "loading time": is_near,
        "counts": all(got.get(f"action.{key}.count") == datadog[other] for key, other in COUNTS.items()),
        "frustration": sorted(got.get("action.frustration.type", [])) == sorted(datadog["frustration"]),
        "names": got.get("action.target.name") == datadog["name"],
    }


async def measured(paths: list[Path]) -> tuple[dict[str, EventClass], list[str]]:
    kinds: dict[str, EventClass] = defaultdict(EventClass)
    misses: list[str] = []
    for path in paths:
        capture = load(path)
        _, zone, attrs = capture["name"].rsplit(".", 2)
        kind = kinds[f"{attrs}, {'Zone.js' if zone == 'zone' else 'without'}"]
        kind.clicks += sum(action["type"] == "click" for action in capture["datadog"])
        played = await play(capture)
        for action in capture["expect"]:
            datadog, alike = action["datadog"], dict.fromkeys(COLUMNS, True)
            if datadog and datadog["type"] != "click":
                continue
            if datadog and action["key"]:
                kind.seen += 1
                alike = compared(played.got[head_key(action)].attributes, datadog)
                for column, is_alike in alike.items():
                    kind.alike[column] += is_alike
            misses += (f"{capture['name']}: {miss}" for miss in reported_misses(action, alike))
    return kinds, misses


def reported_misses(action: Data, alike: dict[str, bool]) -> Iterator[str]:
    """What is not as Datadog says, and the reason as far as the recording says one."""
    why: dict[str, str] = action.get("why", {})
    for key in ("no span", "no Datadog action"):
        if key in why:
            yield f"{key}: {why[key]}"
    for column, is_alike in alike.items():
        if not is_alike:
            yield f"{column}: {why.get(WHY[column], UNTOLD.get(column, 'not known'))}"


def main() -> None:
    paths = sorted(Path(sys.argv[1]).glob("*.json"))
    if not paths:
        raise SystemExit(f"no recordings in {sys.argv[1]}")
    kinds, misses = asyncio.run(measured(paths))
    console = Console(width=150)
    for miss in misses:
        console.print(miss, highlight=False)
    table = Table("recording", "seen", *COLUMNS)
    for name, kind in sorted(kinds.items()):
        shares = [f"{100 * kind.alike[column] / max(1, kind.seen):.0f} %" for column in COLUMNS]
        table.add_row(name, f"{kind.seen} of {kind.clicks}", *shares)
    console.print(table)


if __name__ == "__main__":
    main()
