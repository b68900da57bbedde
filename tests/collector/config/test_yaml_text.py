"""YAML with lines: what a scalar means, what is refused, and where."""

from __future__ import annotations

import pytest

from otelrum.collector.config.nodes import Location, Node, Warn
from otelrum.collector.config.substitution import Substitution
from otelrum.collector.config.yaml_text import YamlText
from otelrum.collector.errors import ConfigError

SET = {"OCTAL": "0123", "LIST": "[1, two]", "BROKEN": "a: b: @", "EMPTY": ""}


def node(text: str, warn: Warn = print) -> Node:
    return YamlText(text, Location("c.yaml", 1), Substitution(SET, warn)).node()


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        node(text)
    return caught.value.problems


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("1.5", 1.5),
        ("true", True),
        ("False", False),
        ("on", "on"),
        ("yes", "yes"),
        ("2024-01-01", "2024-01-01"),
        ("~", None),
        ("", None),
        ("'1'", "1"),
        ("localhost:4317", "localhost:4317"),
        ("${env:OCTAL}", 83),
        ('"${env:OCTAL}"', 83),
        ("x${env:OCTAL}", "x0123"),
        ("${env:LIST}", [1, "two"]),
        ("${env:EMPTY}", None),
        ("${env:BROKEN}", "a: b: @"),
    ],
)
def test_what_a_scalar_means(text: str, value: object) -> None:
    assert node(text).plain() == value


def test_a_whole_substitution_keeps_its_text() -> None:
    assert node("a: ${env:OCTAL}").at(("a",)).text == "0123"


def test_every_entry_knows_the_line_of_its_key_and_every_item_its_own() -> None:
    tree = node("a:\n  b: 1\nlist:\n  - 1\n  -\n    c: ${env:LIST}\n")
    lines = {path: tree.at(path).place.line for path in [("a",), ("a", "b"), ("list", 0), ("list", 1, "c")]}
    assert lines == {("a",): 1, ("a", "b"): 2, ("list", 0): 4, ("list", 1, "c"): 6}
    assert tree.at(("list", 1, "c", 1)).place.line == 6


def test_a_map_takes_over_another_one_and_its_own_entries_win() -> None:
    text = "base: &base {a: 1, b: 2}\none: {b: 3, <<: *base}\ntwo: {<<: [{a: 5}, *base]}"
    assert node(text).at(("one",)).plain() == {"a": 1, "b": 3}
    assert node(text).at(("two",)).plain() == {"a": 5, "b": 2}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: 1\nb: 2\na: 3", "c.yaml:3: the key 'a' is here twice"),
        ("a:\n  ? [x]\n  : 1", "c.yaml:2: a key must be a text"),
        ("a: 1\nb: ${foo:x}", "c.yaml:2: ${foo:x}: 'foo' is not one of env, file and yaml"),
        ("a: ${file:/does/not/exist}", "c.yaml:1: [Errno 2] No such file or directory: '/does/not/exist'"),
        ("a: 1\n b: 2", "c.yaml:2: mapping values are not allowed here"),
        ("a: 1\n--- 2", "c.yaml:2: expected a single document in the stream, but found another document"),
        ("a: 1\n${X}: 2", "c.yaml:2: '${X}': a key is not filled in"),
        ("a: 1\nb: x${X", "c.yaml:2: ${ without its closing brace; a dollar sign itself is written $$"),
        ("a:\n  <<: 1", "c.yaml:2: << takes a map or a list of maps"),
        ("a: &x [*x]", "c.yaml:1: nested too deeply"),
        ("[" * 500, "c.yaml:1: nested too deeply"),
        ("a: \0", "c.yaml:1: special characters are not allowed"),
        (
            "a: !!python/name:os.system x",
            "c.yaml:1: could not determine a constructor for the tag 'tag:yaml.org,2002:python/name:os.system'",
        ),
    ],
)
def test_what_is_refused_is_reported_with_its_line(text: str, problem: str) -> None:
    assert problems(text) == (problem,)


def test_all_mistakes_are_reported_at_once() -> None:
    assert len(problems("a: 1\na: 2\nb: ${1x}\nc: {d: 1, d: 2}")) == 3


def test_a_variable_that_is_not_set_is_warned_of_with_its_line() -> None:
    warnings: list[str] = []
    assert node("a: 1\nb: ${MISSING}", warnings.append).plain() == {"a": 1, "b": None}
    assert warnings == ["c.yaml:2: the environment variable MISSING is not set"]
