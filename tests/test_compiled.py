"""Which variant runs is said, and compiled modules that are older than their source are refused (decision 0005)."""

from __future__ import annotations

import ast
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from otelrum.compiled import RECORD, stale_message, stale_sources, variant

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package of two modules, both compiled from the source that is there."""
    sources = {"actions/idle.py": b"GAP = 100\n", "otlp/spans.py": b"TAG = 18\n"}
    for name, source in sources.items():
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(source)
    lines = [f"{sha256(source).hexdigest()}  {name}\n" for name, source in sources.items()]
    (tmp_path / RECORD).write_text("".join(lines))
    return tmp_path


def test_modules_of_the_source_beside_them_are_not_stale(package: Path) -> None:
    assert stale_sources(package) == []


def test_a_source_that_changed_after_it_was_compiled_is_stale(package: Path) -> None:
    (package / "actions" / "idle.py").write_text("GAP = 101\n")
    assert stale_sources(package) == ["actions/idle.py"]


def test_a_source_that_is_gone_is_stale(package: Path) -> None:
    (package / "otlp" / "spans.py").unlink()
    assert stale_sources(package) == ["otlp/spans.py"]


def test_where_nothing_was_compiled_nothing_is_stale(tmp_path: Path) -> None:
    assert stale_sources(tmp_path) == []


def test_the_message_names_three_sources_and_the_way_out() -> None:
    message = stale_message(["a.py", "b.py", "c.py", "d.py"])
    assert "a.py, b.py, c.py and 1 more" in message
    assert "make compile" in message and "make interpreted" in message


def test_the_program_refuses_to_run_stale_modules(tmp_path: Path) -> None:
    """A copy of what starts, with a record of another source."""
    copy = tmp_path / "otelrum"
    copy.mkdir()
    for name in ("__init__.py", "__main__.py", "compiled.py"):
        (copy / name).write_text((ROOT / "otelrum" / name).read_text())
    (copy / RECORD).write_text(f"{'0' * 64}  compiled.py\n")
    ran = subprocess.run([sys.executable, "-m", "otelrum"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert ran.stderr.startswith("Error: compiled modules are older than their source (compiled.py)")


def test_the_version_says_which_variant_runs() -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "otelrum", "--version"], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert answer.stdout.rstrip().endswith(f"({variant()})")


def test_what_is_compiled_has_types_also_where_pip_builds_it_without_libraries(tmp_path: Path) -> None:
    """There each import is any object: an alias of two such must say that it is a type."""
    literals = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in ast.parse((ROOT / "setup.py").read_text()).body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        if node.targets[0].id in ("ROOMS", "WITHOUT_LIBRARIES")
    }
    rooms = [f"otelrum/{room}" for room in literals["ROOMS"]]
    own = ["--no-site-packages", "--cache-dir", str(tmp_path), *literals["WITHOUT_LIBRARIES"]]
    ran = subprocess.run(
        [sys.executable, "-m", "mypy", *own, *rooms], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout
