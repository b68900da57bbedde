"""Imports point one way, and only the edge knows time and environment."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "otelrum"
FILES = sorted(path for path in PACKAGE.rglob("*.py") if "pb" not in path.parts)

# What each part may import of otelrum beside itself.
ALLOWED = {
    "actions": set(),
    "otlp": set(),
    "collector": {"otlp"},
    "receivers": {"collector", "otlp"},
    "processors": {"collector", "otlp"},
    "exporters": {"collector", "otlp"},
    "connectors": {"collector", "otlp"},
    "extensions": {"collector", "otlp"},
}
COMPONENTS = ("receivers", "processors", "exporters", "connectors", "extensions")
# What may import the domain.
RUM = (("processors", "rum_action"), ("processors", "action_sampling"))

# Files that may look at the clock or the environment, and why.
EDGE = {
    "__main__.py": "what gRPC asks of it",
    "collector/clock.py": "the only door to time",
    "cli.py": "the environment of the process, handed on as a value",
    "extensions/file_storage/rows.py": "commits are gathered on the timer of the loop",
}


def imports_of(path: Path) -> Iterator[tuple[str, ...]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from ((*node.module.split("."), alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (tuple(alias.name.split(".")) for alias in node.names)


def place_of(path: Path) -> tuple[str, ...]:
    return path.relative_to(PACKAGE).with_suffix("").parts


@pytest.mark.parametrize("path", FILES, ids=lambda path: "/".join(place_of(path)))
def test_imports_point_one_way(path: Path) -> None:
    part, *rest = place_of(path)
    if part not in ALLOWED:
        return  # cli, builtin, testing, __main__: the top
    for module in imports_of(path):
        if module[0] != "otelrum" or module[1] == part:
            continue
        if module[1] == "actions" and place_of(path)[:2] in RUM:
            continue
        assert module[1] in ALLOWED[part], f"{'/'.join([part, *rest])} imports {'.'.join(module)}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: "/".join(place_of(path)))
def test_components_do_not_import_each_other(path: Path) -> None:
    part, *rest = place_of(path)
    if part not in COMPONENTS or not rest:
        return
    for module in imports_of(path):
        if module[0] == "otelrum" and module[1] == part and len(module) > 2:
            is_shared = not (PACKAGE / part / module[2]).is_dir()
            assert is_shared or module[2] == rest[0], f"{'/'.join([part, *rest])} imports {'.'.join(module)}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: "/".join(place_of(path)))
def test_only_bridge_reads_items_into_events(path: Path) -> None:
    modules = {m[:2] for m in imports_of(path) if m[0] == "otelrum" and m[:3] != ("otelrum", "actions", "facts")}
    protobuf = any(module[:2] == ("opentelemetry", "proto") for module in imports_of(path))
    joins = ("otelrum", "actions") in modules and protobuf
    assert not joins or path.name == "bridge.py", "wire and domain meet in bridge.py"


# Ways to read the clock or the environment; `X.now` is that of whatever `datetime` and `date` are called.
READS = {
    "time": "time comes from a Clock",
    "os.environ": "the environment is read at the edge",
    "os.environb": "the environment is read at the edge",
    "os.getenv": "the environment is read at the edge",
    "os.getenvb": "the environment is read at the edge",
    "os.times": "time comes from a Clock",
    "datetime.now": "time comes from a Clock",
    "datetime.utcnow": "time comes from a Clock",
    "datetime.today": "time comes from a Clock",
    "date.today": "time comes from a Clock",
    "loop.time": "time comes from a Clock",
    "get_running_loop().time": "time comes from a Clock",
}


def names_of(tree: ast.Module) -> Iterator[str]:
    """What a file uses of other modules, as dotted names: `os.environ`, however it was imported."""
    called: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            called |= {alias.asname or alias.name: alias.name for alias in node.names}
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            called |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            *start, name = ast.unparse(node).split(".")
            yield ".".join([called.get(".".join(start), ".".join(start)), name])


def reads_of(source: str) -> set[str]:
    """Which ways to read the clock or the environment a file goes."""
    names = list(names_of(ast.parse(source)))
    found = {read for read in READS for name in names if read != "time" and f".{name}".endswith(f".{read}")}
    return found | {"time" for name in names if name.split(".")[0] == "time"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: "/".join(place_of(path)))
def test_only_the_edge_knows_time_and_environment(path: Path) -> None:
    if str(path.relative_to(PACKAGE)) not in EDGE:
        assert not {READS[read] for read in reads_of(path.read_text())}


@pytest.mark.parametrize(
    ("source", "read"),
    [
        ("import time", "time"),
        ("import time as t\nt.monotonic()", "time"),
        ("from time import time_ns", "time"),
        ("import os\nos.environ['HOME']", "os.environ"),
        ("import os as system\nsystem.getenv('HOME')", "os.getenv"),
        ("from os import environ as e", "os.environ"),
        ("from datetime import datetime, UTC\ndatetime.now(UTC)", "datetime.now"),
        ("import datetime as d\nd.datetime.now()", "datetime.now"),
        ("from datetime import date as day\nday.today()", "date.today"),
        ("def f(loop):\n    loop.time()", "loop.time"),
        ("def f(keepalive):\n    keepalive.time", None),
    ],
)
def test_every_way_to_read_the_clock_or_the_environment_is_seen(source: str, read: str | None) -> None:
    assert reads_of(source) == ({read} if read else set())


@pytest.mark.parametrize("path", FILES, ids=lambda path: "/".join(place_of(path)))
def test_files_are_short_enough_to_answer_one_question(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 300


# Functions that are longer, and why they are one.
LONG = {
    ("actions/model.py", "__init__"): "an event is made in one place, of all that it has",
    ("actions/nearest_pairs.py", "nearest_pairs"): "one algorithm, which its docstring proves",
    ("otlp/fields.py", "next"): "one branch a wire type; calls would double its price",
    ("processors/rum_action/bridge.py", "_of_span"): "one keyword a fact",
    ("processors/rum_action/bridge.py", "_of_record"): "one keyword a fact",
}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def lines_of(function: Function) -> int:
    """The lines of its body, without the docstring."""
    body = function.body[1:] if ast.get_docstring(function, clean=False) is not None else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def functions() -> Iterator[tuple[tuple[str, str], int]]:
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, Function):
                yield (path.relative_to(PACKAGE).as_posix(), node.name), lines_of(node)


def test_functions_are_short_enough_to_be_seen_at_once() -> None:
    assert {place for place, lines in functions() if lines > 25} == set(LONG)


def test_nine_functions_of_ten_have_at_most_13_lines() -> None:
    lengths = sorted(lines for _, lines in functions())
    assert lengths[len(lengths) * 9 // 10] <= 13
