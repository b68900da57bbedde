"""Which variant of the hot path runs, and whether compiled modules are of the source beside them (decision 0005)."""

from __future__ import annotations

from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

PACKAGE = Path(__file__).parent
RECORD = "compiled.sha256"
"""Written by setup.py into a checkout: a line `sha256  path` for each source that was compiled."""


def variant() -> str:
    """`compiled` or `interpreted`."""
    spec = find_spec("otelrum.otlp.fields")
    return "interpreted" if spec is None or str(spec.origin).endswith(".py") else "compiled"


def stale_sources(package: Path = PACKAGE) -> list[str]:
    """The sources that have changed or gone since they were compiled, relative to the package; none where none was."""
    record = package / RECORD
    if not record.exists():
        return []
    lines = [line.split("  ", 1) for line in record.read_text().splitlines()]
    return [path for digest, path in lines if _digest(package / path) != digest]


def _digest(source: Path) -> str:
    return sha256(source.read_bytes()).hexdigest() if source.exists() else ""


def stale_message(sources: list[str]) -> str:
    """What to do about them."""
    names = ", ".join(sources[:3]) + (f" and {len(sources) - 3} more" if len(sources) > 3 else "")
    return f"compiled modules are older than their source ({names}): run `make compile`, or `make interpreted`"
