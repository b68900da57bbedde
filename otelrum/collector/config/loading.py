"""Reads configuration from files and other sources and merges it into one tree."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from functools import reduce
from pathlib import Path

from otelrum.collector.config.nodes import Location, Node, Warn, merge
from otelrum.collector.config.substitution import Substitution
from otelrum.collector.config.yaml_text import YamlText
from otelrum.collector.errors import ConfigError

log = logging.getLogger(__name__)


def load(
    sources: Sequence[str], settings: Sequence[str], environment: Mapping[str, str], warn: Warn = log.warning
) -> Node:
    """One tree of all sources (`path`, `file:path`, `env:NAME`, `yaml:text`), later ones over earlier ones.

    `settings` are texts like `a.b.c=value` and come last; one source or setting must be there. `warn` hears of
    variables that are not set. Raises ConfigError.
    """
    substitution = Substitution(environment, warn)
    trees = [_source(source, environment, substitution) for source in sources]
    return reduce(merge, [*trees, *(_setting(setting, substitution) for setting in settings)])


def _source(source: str, environment: Mapping[str, str], substitution: Substitution) -> Node:
    name, text = _read(source, environment)
    node = YamlText(text, Location(name, 1), substitution).node()
    if node.value is None:
        return Node({}, node.place)
    if not isinstance(node.value, dict):
        raise ConfigError(f"{node.place}: a configuration is a map of sections")
    trees = [_nested(key.split("::"), entry) for key, entry in node.value.items()]
    return reduce(merge, trees, Node({}, node.place))


def _nested(path: Sequence[str], node: Node) -> Node:
    """A node as the tree in which it stands at this path, all of one place."""
    for key in reversed(path):
        node = Node({key: node}, node.place)
    return node


def _read(source: str, environment: Mapping[str, str]) -> tuple[str, str]:
    """The name and the text of a source."""
    scheme, _, rest = source.partition(":")
    match scheme:
        case "yaml":
            return "yaml", rest
        case "env":
            if rest not in environment:
                raise ConfigError(f"{source}: this environment variable is not set")
            return source, environment[rest]
    path = rest if scheme == "file" else source
    try:
        return path, Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error


def _setting(setting: str, substitution: Substitution) -> Node:
    """`a.b.c=value` or `a::b::c=value` as the tree that it means."""
    path, equals, text = setting.partition("=")
    place = Location(f"--set {path}")
    keys = path.replace("::", ".").split(".")
    if not equals or not all(keys):
        raise ConfigError(f"{place}: write it as a.b.c=value")
    # A shell fills in `$NAME` before we see it, and nothing where the variable is not set.
    node = YamlText(text, place, substitution).node() if text.strip() else Node(None, place, empty="the value")
    return _nested(keys, node)
