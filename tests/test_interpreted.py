"""Without a C compiler the same source is interpreted (docs/decisions/0005): no rule may depend on the compiler."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent
RULES = ("tests/actions", "tests/otlp", "tests/processors/rum_action/test_vectors.py")


def interpreted(folder: Path) -> Path:
    """The package and its tests without anything compiled."""
    for name in ("otelrum", "tests"):
        left_out = shutil.ignore_patterns("*.so", "__pycache__", "node_modules", "bench", "browser")
        shutil.copytree(REPOSITORY / name, folder / name, ignore=left_out)
    shutil.copy(REPOSITORY / "pyproject.toml", folder)
    return folder


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600, check=False)


def test_the_rules_hold_without_a_compiler(tmp_path: Path) -> None:
    folder = interpreted(tmp_path)
    found = run(folder, "-c", "import otelrum.otlp.fields, otelrum.actions.decide as d; print(d.__file__)")
    assert found.stdout.strip() == str(folder / "otelrum/actions/decide.py"), found.stderr
    tests = run(folder, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *RULES)
    assert tests.returncode == 0, tests.stdout[-3000:]
