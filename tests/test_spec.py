"""The contract stands in the repository, and every sentence that cites it leads there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SPEC = (ROOT / "docs" / "spec.md").read_text()
SHARED = ROOT.parent / "shared"

SECTIONS = {int(number) for number in re.findall(r"^## (\d+)\. ", SPEC, re.MULTILINE)}
TEXTS = sorted(
    path
    for folder, endings in {
        "otelrum": ("py", "md"),
        "docs": ("md",),
        "tests": ("py",),
        "browser": ("js", "md"),
        "config": ("yaml",),
    }.items()
    for ending in endings
    for path in (ROOT / folder).rglob(f"*.{ending}")
    if not {"node_modules", "pb"} & set(path.parts)
)

# "SPEC section 5", "SPEC sections 3, 5 and 12", "SPEC sections 4 to 6 and 11".
CITATION = re.compile(r"\bSPEC\s+sections?\s+(\d+(?:(?:,\s*|\s+and\s+|\s+to\s+|,\s+and\s+)\d+)*)")


def cited(text: str) -> set[int]:
    """The numbers of all sections that a text cites."""
    return {int(number) for numbers in CITATION.findall(text) for number in re.findall(r"\d+", numbers)}


def part(text: str, start: str, end: str) -> str:
    """What stands from a heading up to another one, or to the end."""
    return text[text.index(start) : text.index(end) if end else None]


def table(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("|")]


def test_the_sections_are_numbered_without_a_gap() -> None:
    assert set(range(1, 18)) == SECTIONS


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_section_that_is_cited_exists(path: Path) -> None:
    assert cited(path.read_text()) <= SECTIONS


def test_citations_are_found_in_all_their_forms() -> None:
    assert cited("SPEC section 5; SPEC sections 3, 7 and 12; SPEC sections 4 to\n6 and 11") == {3, 4, 5, 6, 7, 11, 12}


def test_the_contract_is_cited_at_all() -> None:
    assert {2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12} <= set().union(*(cited(path.read_text()) for path in TEXTS))


@pytest.mark.skipif(not SHARED.is_dir(), reason="the papers that this is a copy of are not beside the repository")
def test_the_contract_is_a_true_copy() -> None:
    glossary = part(SPEC, "## Glossary", "## 1. Words")
    appendix = part(SPEC, "## Appendix", "")
    assert SPEC.replace(glossary, "").replace(appendix, "").rstrip() == (SHARED / "SPEC.md").read_text().rstrip()
    assert table(appendix) == table(part((SHARED / "vectors" / "README.md").read_text(), "## Readings", ""))
