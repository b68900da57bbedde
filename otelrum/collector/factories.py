"""The table of the components that a configuration can name."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence

from otelrum.collector.component import Factory


class ComponentKind(enum.StrEnum):
    """What a component can be, named as its section."""

    RECEIVERS = "receivers"
    PROCESSORS = "processors"
    EXPORTERS = "exporters"
    CONNECTORS = "connectors"
    EXTENSIONS = "extensions"

    @property
    def one(self) -> str:
        """The word for one of them."""
        return self.value.removesuffix("s")


class Factories:
    """Rows by kind; a type is found under its aliases too."""

    def __init__(self, rows: Mapping[ComponentKind, Sequence[Factory]]) -> None:
        self.rows = {kind: tuple(rows.get(kind, ())) for kind in ComponentKind}
        self._by_name = {
            (kind, name): factory
            for kind, factories in rows.items()
            for factory in factories
            for name in (factory.type, *factory.aliases)
        }

    def find(self, kind: ComponentKind, type: str) -> Factory | None:
        """The factory of a type, where there is one."""
        return self._by_name.get((kind, type))

    def names(self, kind: ComponentKind) -> list[str]:
        """What can be named in the section of this kind, old names too."""
        return sorted(name for of_kind, name in self._by_name if of_kind is kind)
