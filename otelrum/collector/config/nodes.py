"""A configuration as nodes that know where they were written."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

Path = tuple[str | int, ...]
Scalar = str | int | float | bool | None
Plain = Scalar | list["Plain"] | dict[str, "Plain"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was written; line 0 stands for a source that has no lines."""

    source: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.source}:{self.line}" if self.line else self.source


@dataclass(frozen=True, slots=True)
class Node:
    """A map, a list or a scalar; a map's entries have the place of their key.

    `text` is what a substitution put in place of a whole scalar, before YAML gave it a type.
    """

    value: dict[str, Node] | list[Node] | Scalar
    place: Place
    text: str | None = None

    def child(self, key: str | int) -> Node | None:
        """An entry of a map or of a list, where there is one."""
        if isinstance(self.value, dict):
            return self.value.get(str(key))
        if isinstance(self.value, list) and isinstance(key, int) and key < len(self.value):
            return self.value[key]
        return None

    def at(self, path: Path) -> Node:
        """The node at a path; an empty one with the place of the nearest above where nothing is."""
        node = self
        for key in path:
            node = node.child(key) or Node(None, node.place)
        return node

    def texts(self, above: Path = ()) -> Iterator[Path]:
        """The paths of all scalars that came whole from a substitution."""
        if self.text is not None:
            yield above
        for key, child in self._children():
            yield from child.texts((*above, key))

    def plain(self, as_text: Collection[Path] = (), above: Path = ()) -> Plain:
        """The value without places; at the paths of `as_text` what the substitution put there."""
        if self.text is not None and above in as_text:
            return self.text
        if isinstance(self.value, dict):
            return {key: child.plain(as_text, (*above, key)) for key, child in self.value.items()}
        if isinstance(self.value, list):
            return [child.plain(as_text, (*above, key)) for key, child in enumerate(self.value)]
        return self.value

    def _children(self) -> Iterator[tuple[str | int, Node]]:
        if isinstance(self.value, dict):
            yield from self.value.items()
        elif isinstance(self.value, list):
            yield from enumerate(self.value)


def merge(below: Node, above: Node) -> Node:
    """Maps merge key by key and stay where they were first; everything else, lists too, is replaced."""
    if not isinstance(below.value, dict) or not isinstance(above.value, dict):
        return above
    merged = dict(below.value)
    for key, child in above.value.items():
        merged[key] = merge(merged[key], child) if key in merged else child
    return Node(merged, below.place)


def path_text(path: Path) -> str:
    """A path as the OpenTelemetry Collector writes it."""
    return "::".join(str(key) for key in path)
