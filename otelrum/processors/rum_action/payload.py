"""What is kept of an item while the domain holds its event: its bytes, where they stood, and its journal row."""

from __future__ import annotations

from typing import Final

from mypy_extensions import mypyc_attr

from otelrum.actions.views import Views
from otelrum.otlp.batch import Signal
from otelrum.otlp.edit import attributes_of
from otelrum.processors.rum_action.resources import ResourceFacts

_LOGS: Final = Signal.LOGS


class Kept:
    """A request in the journal. Bit i of `left` is set until its i-th held item is safe."""

    __slots__ = ("fed_views", "id", "is_pinned", "left", "time_ns")

    def __init__(self, id: int, time_ns: int, left: int, is_pinned: bool = False) -> None:
        self.id = id
        self.time_ns = time_ns
        self.left = left
        self.is_pinned = is_pinned
        self.fed_views: set[Views] = set()
        """Views that an item of it changed for as long as their session lives."""


Ref = tuple[Kept, int]
"""An item's place in the journal: its request, and its number among the held ones."""


@mypyc_attr(acyclic=True)
class Origin:
    """Where items stood: which signal, under which resource and scope."""

    __slots__ = ("is_record", "resource", "scope", "scope_name", "signal", "source")

    def __init__(self, signal: Signal, resource: ResourceFacts, scope: bytes, scope_name: str, source: object) -> None:
        self.signal = signal
        self.is_record = signal is _LOGS
        self.resource = resource
        self.scope = scope
        """The scope group's bytes without its items."""
        self.scope_name = scope_name
        self.source = source
        """The pipeline that they came in by, and go back to."""


@mypyc_attr(acyclic=True)
class Payload:
    """An item's bytes, and where they stood."""

    __slots__ = ("item", "origin", "ref")

    def __init__(self, origin: Origin, item: bytes) -> None:
        self.origin = origin
        self.item = item
        self.ref: Ref | None = None
        """Its place in the journal, where there is one."""

    def attributes(self) -> dict[str, object]:
        """The attributes of the span or record, by key; values as Python has them."""
        return attributes_of(self.item, self.origin.signal)
