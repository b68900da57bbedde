"""Where the time goes, as a picture: an icicle of the stacks that a sampling profiler saw.

    py-spy record --native --format raw --output stacks.txt --pid PID
    python -m tests.bench.picture stacks.txt docs/profile.svg

A box is a function, as wide as its share, below the one that called it. Only what is of this package and its
libraries' doors is drawn; boxes under one percent are left out.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

WIDTH, ROW, SMALLEST = 1200, 20, 0.01
COLOURS = ("#dbe9f6", "#c6dcf0", "#b3d0ea", "#d9ead3", "#fce5cd", "#f4cccc")

COMPILED = re.compile(r"CPyDef_(?P<module>\w+?)_{3,4}(?P<name>\w+?)(_gen_____mypyc_generator_helper__)?$")
DOORS = {
    "write": "write to the socket",
    "feed_data": "httptools",
    "uv__read": "read from the socket",
    "epoll_wait": "wait",
    "epoll_pwait": "wait",
    "gc_collect_main": "garbage collector",
    "upb_Decoder_Decode": "protobuf: check",
    "upb_Decode": "protobuf: check",
    "_upb_Encode": "protobuf: write",
}
GRPC = "gRPC"


@dataclass
class Box:
    """A function at its place in the stacks."""

    samples: int = 0
    below: dict[str, Box] = field(default_factory=dict)


def shown(frame: str) -> str:
    """What a frame is called; empty when it is not drawn."""
    name, _, place = frame.partition(" (")
    if found := COMPILED.match(name):
        return f"{found['module']}.{found['name'].replace('___', '.').lstrip('_')}"
    if name in DOORS:
        return DOORS[name]
    if "cygrpc" in place or place.startswith("grpc/"):
        return GRPC
    return f"{Path(place.partition(':')[0]).stem}.{name}" if place.startswith("otelrum/") else ""


def stacked(lines: Iterable[str]) -> Box:
    """All stacks as one tree."""
    root = Box()
    for line in lines:
        stack, _, count = line.rpartition(" ")
        at, last = root, ""
        root.samples += int(count)
        for name in map(shown, stack.split(";")):
            if name and name != last:
                at, last = at.below.setdefault(name, Box()), name
                at.samples += int(count)
    return root


def drawn(box: Box, name: str, left: float, row: int, total: int) -> tuple[list[str], int]:
    """A box with all below it, as SVG, and how many rows that takes."""
    width = WIDTH * box.samples / total
    text = f"{name} {100 * box.samples / total:.0f} %"
    fits = escape(text if len(text) * 6.5 < width else text[: max(0, int(width / 6.5) - 1)])
    out = [
        f'<rect x="{left:.1f}" y="{row * ROW}" width="{max(0.5, width - 1):.1f}" height="{ROW - 1}" '
        f'fill="{COLOURS[row % len(COLOURS)]}"><title>{escape(text)}</title></rect>'
        f'<text x="{left + 3:.1f}" y="{row * ROW + 14}">{fits}</text>'
    ]
    rows = row + 1
    for below, one in sorted(box.below.items(), key=lambda item: -item[1].samples):
        if one.samples >= SMALLEST * total:
            more, deep = drawn(one, below, left, row + 1, total)
            out += more
            rows = max(rows, deep)
            left += WIDTH * one.samples / total
    return out, rows


def main() -> None:
    lines = Path(sys.argv[1]).read_text().splitlines()
    root = stacked(lines)
    boxes, rows = drawn(root, "all", 0, 0, root.samples)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {rows * ROW}" font-family="sans-serif"'
    Path(sys.argv[2]).write_text(f'{head} font-size="11">\n' + "\n".join(boxes) + "\n</svg>\n")


if __name__ == "__main__":
    main()
