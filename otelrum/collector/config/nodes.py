"""A configuration as nodes that know where they were written."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

Path = tuple[str | int, ...]
Scalar = str | int | float | bool | None
Warn = Callable[[str], None]
Plain = Scalar | list["Plain"] | dict[str, "Plain"]


@dataclass(frozen=True, slots=True)
class Location:
    """Where something was written; line 0 stands for a source that has no lines."""

    source: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.source}:{self.line}" if self.line else self.source


class ScalarKind(enum.Enum):
    """What a scalar can be: YAML's value, the text of a substitution, or the parts of a text between its commas."""

    VALUE = enum.auto()
    TEXT = enum.auto()
    PARTS = enum.auto()


@dataclass(frozen=True, slots=True)
class Node:
    """A map, a list or a scalar; a map's entries have the place of their key.

    `text` is what a substitution put in place of a whole scalar, before YAML gave it a type; `empty` is the
    substitution here that gave nothing, if one did.
    """

    value: dict[str, Node] | list[Node] | Scalar
    place: Location
    text: str | None = None
    empty: str = ""

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

    def below(self, above: Path = ()) -> Iterator[tuple[Path, Node]]:
        """This node and all in it, with their paths."""
        yield above, self
        for key, child in self._children():
            yield from child.below((*above, key))

    @property
    def reading(self) -> ScalarKind:
        """How it is read where nothing is known of what is wanted.

        YAML takes quotes and comments from a text and makes nothing of `null`, so what came from a substitution
        is a text where it is no number, list or map.
        """
        return (
            ScalarKind.TEXT if self.text and (self.value is None or isinstance(self.value, str)) else ScalarKind.VALUE
        )

    def plain(self, readings: Mapping[Path, ScalarKind] = MappingProxyType({}), above: Path = ()) -> Plain:
        """The value without places; `readings` says where it is read otherwise than by `reading`."""
        reading = readings.get(above, self.reading)
        if reading is ScalarKind.TEXT and self.text is not None:
            return self.text
        if reading is ScalarKind.PARTS:
            parts = (self.text or str(self.value)).split(",")
            return [part.strip() for part in parts]
        if isinstance(self.value, dict):
            return {key: child.plain(readings, (*above, key)) for key, child in self.value.items()}
        if isinstance(self.value, list):
            return [child.plain(readings, (*above, key)) for key, child in enumerate(self.value)]
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
