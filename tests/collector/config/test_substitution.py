"""`${...}`: what stands for what."""

from __future__ import annotations

from pathlib import Path

import pytest

from otelrum.collector.config.nodes import Location
from otelrum.collector.config.substitution import Filled, Substitution

HERE = Location("c.yaml", 1)
SET = {"NAME": "value", "EMPTY": "", "DOLLAR": "${NAME} $$"}


def within(text: str) -> tuple[str, list[str]]:
    warnings: list[str] = []
    return Substitution(SET, warnings.append).within(text, HERE).text, warnings


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("${env:NAME}", "value"),
        ("${env:NAME:+other}", "other"),
        ("${NAME:+a:b:-c}", "a:b"),
        ("<${env:EMPTY:+other}>", "<>"),
        ("<${env:MISSING:+other}>", "<>"),
        ("${env:MISSING:+set:-${NAME}}", "value"),
        ("${env:EMPTY:+set:-not}", "not"),
        ("${NAME}", "value"),
        ("a-${env:NAME}-${NAME}", "a-value-value"),
        ("${env:NAME:-other}", "value"),
        ("${env:MISSING:-other}", "other"),
        ("${MISSING:-a:b}", "a:b"),
        ("${MISSING:-}", ""),
        ("${yaml:[1, 2]}", "[1, 2]"),
        ("$NAME", "$NAME"),
        ("$$", "$"),
        ("$${NAME}", "${NAME}"),
        ("$$${NAME}", "$value"),
        ("100$", "100$"),
        ("${env:MISSING:-${env:NAME}}", "value"),
        ("${env:MISSING:-<${env:OTHER:-${NAME}}>}", "<value>"),
        ("${env:NAME:-${env:MISSING}}", "value"),
        ("${env:MISSING:-{a: 1}}", "{a: 1}"),
        ("${env:${env:MISSING:-NAME}}", "value"),
        ("${${MISSING:-NAME}:-other}", "value"),
        ("${yaml:{a: ${NAME}}}", "{a: value}"),
    ],
)
def test_what_a_text_becomes(text: str, filled: str) -> None:
    assert within(text) == (filled, [])


def test_a_default_is_for_what_is_not_set_and_not_for_what_is_empty() -> None:
    assert within("<${env:EMPTY:-other}>") == ("<>", [])


def test_what_was_filled_in_is_not_filled_in_again() -> None:
    assert within("${env:DOLLAR}") == ("${NAME} $$", [])


def test_a_variable_that_is_not_set_is_empty_with_a_warning() -> None:
    assert within("<${env:MISSING}>") == ("<>", ["c.yaml:1: the environment variable MISSING is not set"])


def test_a_file_gives_its_text_without_the_last_line_ends(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("s3cret\n\n")
    assert within(f"${{file:{tmp_path}/token}}") == ("s3cret", [])


@pytest.mark.parametrize("text", ["${env:1x}", "${env:}", "${}", "${http:x}", "${a b}", "${A", "${A:-${B}", "x${"])
def test_what_cannot_be_filled_in_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no name|is not one of|without its closing brace"):
        within(text)


@pytest.mark.parametrize("text", ["a${NAME}", "${NAME}a", "${NAME}${NAME}", "$$", "plain", "$${NAME}"])
def test_a_text_is_one_whole_substitution_or_it_is_not(text: str) -> None:
    assert Substitution(SET, print).whole("${NAME:-{}}", HERE) == Filled("value")
    assert Substitution(SET, print).whole(text, HERE) is None


@pytest.mark.parametrize("text", ["${env:EMPTY}", "*${env:MISSING}", "${env:NAME}${env:MISSING:-}"])
def test_a_substitution_that_gives_nothing_is_named(text: str) -> None:
    empty = Substitution(SET, print).within(text, HERE).empty
    assert empty and empty in text and "NAME" not in empty
