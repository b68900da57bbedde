"""Where the time goes, as a picture: an icicle of the stacks that perf saw in a process that works.

    perf record --event cpu-clock --freq 997 --call-graph dwarf,16384 --pid PID -- sleep 8
    perf script --fields ip,sym,dso > stacks.txt
    python -m tests.bench.picture stacks.txt docs/profile.svg

A box is a function, as wide as its share, below the one that called it. Only compiled functions of this package and
the doors of its libraries are drawn; boxes under one percent are left out, and what is white is what is not drawn.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

WIDTH, ROW, SMALLEST = 1200, 20, 0.01
COLOURS = ("#dbe9f6", "#c6dcf0", "#b3d0ea", "#d9ead3", "#fce5cd", "#f4cccc")

FRAME = re.compile(r"\s+[0-9a-f]+ (?P<symbol>.+?)(\+0x[0-9a-f]+)? \((?P<file>.*)\)$")
COMPILED = re.compile(r"CPyDef_(?P<module>\w+?)_{3,4}(?P<name>\w+?)(_gen_____mypyc_generator_helper__)?$")
DOORS = {
    "ksys_write": "kernel: write",
    "__x64_sys_sendmsg": "kernel: write",
    "__x64_sys_recvmsg": "kernel: read",
    "ksys_read": "kernel: read",
    "do_epoll_wait": "kernel: wait",
    "__x64_sys_futex": "kernel: other threads",
    "gc_collect_main": "garbage collector",
    "upb_Decode": "protobuf reads",
    "upb_Encode": "protobuf writes",
}
LIBRARIES = {"cygrpc": "gRPC", "loop.cpython": "uvloop", "parser.cpython": "httptools", "libcrypto": "SHA-1"}


@dataclass
class Box:
    """A function at its place in the stacks."""

    samples: int = 0
    below: dict[str, Box] = field(default_factory=dict)


def shown(frame: str) -> str:
    """What a frame is called; empty when it is not drawn."""
    match = FRAME.match(frame)
    if match is None:
        return ""
    if found := COMPILED.match(match["symbol"]):
        return f"{found['module']}.{found['name'].replace('___', '.').lstrip('_')}"
    file = Path(match["file"]).name
    return DOORS.get(match["symbol"]) or next((name for key, name in LIBRARIES.items() if file.startswith(key)), "")


def stacked(text: str) -> Box:
    """All stacks as one tree."""
    root = Box()
    for stack in text.strip().split("\n\n"):
        at, last = root, ""
        root.samples += 1
        for name in map(shown, reversed(stack.splitlines())):
            if name and name != last:
                at, last = at.below.setdefault(name, Box()), name
                at.samples += 1
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
    root = stacked(Path(sys.argv[1]).read_text())
    boxes, rows = drawn(root, "all", 0, 0, root.samples)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {rows * ROW}" font-family="sans-serif"'
    Path(sys.argv[2]).write_text(f'{head} font-size="11">\n' + "\n".join(boxes) + "\n</svg>\n")


if __name__ == "__main__":
    main()
