"""The code that pages are shown is that of examples/snippets, which `make test-browser` builds and runs."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SNIPPETS = {path.name: path.read_text() for path in sorted((ROOT / "examples/snippets").iterdir())}
DOCS = [ROOT / "README.md", ROOT / "docs/pages.md", ROOT / "docs/datadog.md", ROOT / "browser/README.md"]
PAGE_CODE = re.compile(r"^```(?:js|jsx|ts|html)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def code_of(page: Path) -> list[str]:
    return PAGE_CODE.findall(page.read_text())


@pytest.mark.parametrize("page", DOCS, ids=lambda path: str(path.relative_to(ROOT)))
def test_code_for_pages_is_a_snippet_as_it_stands(page: Path) -> None:
    assert [code for code in code_of(page) if code not in SNIPPETS.values()] == []


@pytest.mark.parametrize("name", SNIPPETS)
def test_every_snippet_is_shown(name: str) -> None:
    assert any(SNIPPETS[name] in code_of(page) for page in DOCS)


@pytest.mark.parametrize("name", SNIPPETS)
def test_every_snippet_is_run(name: str) -> None:
    assert name in (ROOT / "tests/browser/snippets.test.js").read_text()
