"""What fuzzing found, and what it begins with, is replayed: each rule holds for each input of the corpus."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.run import CORPUS, NAMES
from tests.fuzz.targets import TARGETS


def test_every_way_in_is_fuzzed() -> None:
    assert set(NAMES) == TARGETS.keys() == {path.name for path in CORPUS.iterdir()}


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*/*")), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_rule_holds_for_every_input_of_the_corpus(path: Path) -> None:
    TARGETS[path.parent.name](path.read_bytes())
