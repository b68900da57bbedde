"""Sources of configuration: where they are read, and which one wins."""

from __future__ import annotations

from pathlib import Path

import pytest

from otelrum.collector.config.loading import load
from otelrum.collector.config.nodes import Location
from otelrum.collector.errors import ConfigError


def test_files_texts_and_variables_are_sources(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text("a: 1")
    (tmp_path / "d.yaml").write_text("b: 2")
    sources = [str(tmp_path / "c.yaml"), f"file:{tmp_path}/d.yaml", "yaml:c: 3", "env:MORE"]
    assert load(sources, [], {"MORE": "d: 4"}).plain() == {"a": 1, "b": 2, "c": 3, "d": 4}


def test_a_later_source_wins_and_settings_win_over_all() -> None:
    tree = load(["yaml:{a: {x: 1, y: 1, z: [1, 2]}}", "yaml:{a: {y: 2, z: [3]}}"], ["a.y=3", "b.c.d=${N}"], {"N": "4"})
    assert tree.plain() == {"a": {"x": 1, "y": 3, "z": [3]}, "b": {"c": {"d": 4}}}
    assert tree.at(("a", "y")).place == Location("--set a.y")
    assert tree.at(("a",)).place == Location("yaml", 1)


def test_a_path_of_keys_is_the_tree_that_it_means() -> None:
    """Written so, one key fits on a command line: `--config yaml:exporters::debug::verbosity: detailed`."""
    tree = load(["yaml:a::b: {x: 1}\na::b::y: 2", "yaml:a::b::y: 3"], ["a::c=4", "a.d=5"], {})
    assert tree.plain() == {"a": {"b": {"x": 1, "y": 3}, "c": 4, "d": 5}}


def test_an_empty_section_of_a_later_file_empties_the_earlier_one() -> None:
    assert load(["yaml:{a: {x: 1}}", "yaml:a:"], [], {}).plain() == {"a": None}


def test_an_empty_file_is_an_empty_configuration(tmp_path: Path) -> None:
    (tmp_path / "empty.yaml").write_text("# nothing\n")
    assert load([str(tmp_path / "empty.yaml")], [], {}).plain() == {}


@pytest.mark.parametrize("value", ["[1, 2]", "{x: 1}", "text", "", "a=b"])
def test_the_value_of_a_setting_is_yaml(value: str) -> None:
    expected = {"[1, 2]": [1, 2], "{x: 1}": {"x": 1}, "": None}.get(value, value)
    assert load([], [f"a={value}"], {}).plain() == {"a": expected}


@pytest.mark.parametrize("setting", ["a.b", "a..b=1", "=1", ".a=1"])
def test_a_setting_without_path_or_value_is_refused(setting: str) -> None:
    with pytest.raises(ConfigError, match=r"--set .*: write it as a\.b\.c=value"):
        load([], [setting], {})


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("/does/not/exist.yaml", "/does/not/exist.yaml: cannot be read: "),
        ("file:/does/not/exist.yaml", "/does/not/exist.yaml: cannot be read: "),
        ("env:MISSING", "env:MISSING: this environment variable is not set"),
        ("yaml:- 1", "yaml:1: a configuration is a map of sections"),
    ],
)
def test_a_source_that_is_no_configuration_is_refused(source: str, problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load([source], [], {})
    assert str(caught.value).startswith(problem)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_bytes(b"a: \xff")
    with pytest.raises(ConfigError, match=r"c\.yaml: cannot be read: 'utf-8'"):
        load([str(tmp_path / "c.yaml")], [], {})
