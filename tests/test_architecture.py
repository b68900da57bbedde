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
RUM_ACTION = ("processors", "rum_action")

# Files that may look at the clock or the environment, and why.
EDGE = {
    "__main__.py": "what gRPC asks of it",
    "collector/clock.py": "the only door to time",
    "collector/config/substitution.py": "${env:NAME} in configurations",
    "collector/config/loading.py": "env: as a configuration",
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
        if module[1] == "actions" and place_of(path)[:2] == RUM_ACTION:
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


@pytest.mark.parametrize("path", FILES, ids=lambda path: "/".join(place_of(path)))
def test_only_the_edge_knows_time_and_environment(path: Path) -> None:
    if str(path.relative_to(PACKAGE)) in EDGE:
        return
    for module in imports_of(path):
        assert module[:1] != ("time",), "time comes from a Clock"
        assert module[:2] not in (("os", "environ"), ("os", "getenv")), "the environment is read at the edge"


@pytest.mark.parametrize("path", FILES, ids=lambda path: "/".join(place_of(path)))
def test_files_are_short_enough_to_answer_one_question(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 300
