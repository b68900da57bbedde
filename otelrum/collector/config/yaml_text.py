"""YAML text as nodes that know their line; a substitution is filled in where it stands."""

from __future__ import annotations

import re

import yaml

from otelrum.collector.config.nodes import Location, Node
from otelrum.collector.config.substitution import OPENING, Substitution
from otelrum.collector.errors import ConfigError

STRING = "tag:yaml.org,2002:str"
MERGE = "tag:yaml.org,2002:merge"


class Loader(yaml.SafeLoader):
    """YAML whose plain scalars mean what they do in YAML 1.2: no dates, and `on` and `yes` are words."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":timestamp", ":bool"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile("^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)


class YamlText:
    """One text, read once."""

    def __init__(self, text: str, place: Location, substitution: Substitution | None) -> None:
        self._text = text
        self._place = place
        self._substitution = substitution
        self._problems: list[str] = []

    def node(self) -> Node:
        """The whole text. Raises ConfigError with every mistake in it."""
        try:
            root = yaml.compose(self._text, Loader)
            node = Node(None, self._place) if root is None else self._node(root, self._place_of(root))
        except yaml.YAMLError as error:
            raise ConfigError(f"{self._error_place(error)}: {_words(error)}") from error
        except RecursionError as error:
            raise ConfigError(f"{self._place}: nested too deeply") from error
        if self._problems:
            raise ConfigError(*self._problems)
        return node

    def _node(self, node: yaml.Node, place: Location) -> Node:
        match node:
            case yaml.MappingNode():
                return Node(self._entries(node), place)
            case yaml.SequenceNode():
                return Node([self._node(each, self._place_of(each)) for each in node.value], place)
        return self._scalar(node, place)

    def _entries(self, node: yaml.MappingNode) -> dict[str, Node]:
        """A map's entries; what `<<` brings stands below what the map has itself."""
        own: dict[str, Node] = {}
        inherited: dict[str, Node] = {}
        for key_node, value_node in node.value:
            place = self._place_of(key_node)
            value = self._node(value_node, place)
            if key_node.tag == MERGE:
                inherited |= self._inherited(value)
            elif not isinstance(key_node, yaml.ScalarNode):
                self._problems.append(f"{place}: a key must be a text")
            elif key_node.value in own:
                self._problems.append(f"{place}: the key {key_node.value!r} is here twice")
            elif self._substitution is not None and OPENING in key_node.value:
                self._problems.append(f"{place}: {key_node.value!r}: a key is not filled in")
            else:
                own[key_node.value] = value
        return inherited | own

    def _inherited(self, node: Node) -> dict[str, Node]:
        several = node.value if isinstance(node.value, list) else [node]
        entries: dict[str, Node] = {}
        for each in reversed(several):
            if isinstance(each.value, dict):
                entries |= each.value
            else:
                self._problems.append(f"{each.place}: << takes a map or a list of maps")
        return entries

    def _scalar(self, node: yaml.Node, place: Location) -> Node:
        try:
            if node.tag == STRING and self._substitution is not None:
                return self._filled(node.value, place, self._substitution)
            return Node(Loader("").construct_object(node), place)
        except (yaml.YAMLError, ValueError, OSError) as error:
            self._problems.append(f"{place}: {_words(error)}")
            return Node(None, place)

    def _filled(self, text: str, place: Location, substitution: Substitution) -> Node:
        whole = substitution.whole(text, place)
        if whole is None:
            filled = substitution.within(text, place)
            return Node(filled.text, place, empty=filled.empty)
        try:
            value = YamlText(whole.text, place, None).node().value
        except ConfigError:  # a password may look like broken YAML
            value = whole.text
        return Node(value, place, text=whole.text, empty=text if value is None else "")

    def _place_of(self, node: yaml.Node) -> Location:
        """Lines count only in a text that is a source itself."""
        if self._substitution is None or not self._place.line:
            return self._place
        return Location(self._place.source, node.start_mark.line + 1)

    def _error_place(self, error: yaml.YAMLError) -> Location:
        mark = getattr(error, "problem_mark", None)
        return Location(self._place.source, mark.line + 1) if mark and self._place.line else self._place


def _words(error: Exception) -> str:
    """One line; PyYAML's own texts repeat the source."""
    parts = (getattr(error, name, None) for name in ("context", "problem", "reason"))
    return ", ".join(part for part in parts if part) or str(error)
