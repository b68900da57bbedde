"""Actions as lines for a terminal. What a page has named is never more than text there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

Action = Mapping[str, Any]
"""An action as the feed has it: a summary, or with what a detail adds."""


def plain(text: object) -> str:
    """The text without what moves a cursor, colours or writes titles."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in str(text))


def duration(ms: float | None) -> str:
    """`297 ms`, `1.25 s`; empty where there is none."""
    if ms is None:
        return ""
    return f"{ms / 1000:.2f} s" if ms >= 1000 else f"{ms:.0f} ms"


def time_of_day(unix_ms: float) -> str:
    """In UTC, to the millisecond."""
    return datetime.fromtimestamp(unix_ms / 1000, UTC).strftime("%H:%M:%S.%f")[:-3]


def line(action: Action) -> str:
    """One action on one line."""
    counts = (
        (action[key], key.rstrip("s") if action[key] == 1 else key) for key in ("resources", "errors", "long_tasks")
    )
    counted = [f"{count} {word.replace('_', ' ')}" for count, word in counts if count]
    signs = [sign.replace("_", " ") for sign in action["frustration"]]
    parts = [
        time_of_day(action["time_ms"]),
        f"{duration(action['loading_ms']):>9}",
        plain(action["name"]),
        ", ".join([*signs, *counted]),
    ]
    return "  ".join(part for part in parts if part)


def _count(count: int, things: str) -> str:
    return f"{count} {things if count > 1 else things.removesuffix('s')}"


def paragraph(action: Action) -> Iterator[str]:
    """One action with its reasons, and what happened around it."""
    yield line(action)
    why = action["why"]
    for sentence in (why["end"], why["near_miss"], *why["frustration"]):
        if sentence:
            yield f"    {plain(sentence)}"
    chosen = next((name for name in why["names"] if name["is_chosen"]), None)
    if chosen:
        yield f"    Named by {plain(chosen['key'])}."
    for row in action["lines"]:
        note = {"outside": " (not of it)", "ignored": " (keeps nobody busy)"}.get(row["role"], "")
        last = " <- the last" if row["is_last"] else ""
        yield f"    {row['start_ms']:10.0f} to {row['end_ms']:.0f} ms  {plain(row['label'])}{note}{last}"
    if action["more_lines"]:
        yield f"    and {action['more_lines']} more"
