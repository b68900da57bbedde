"""One view of a session, and how its address changed (SPEC sections 3, 10 and 12)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from typing import Final, NamedTuple

from otelrum.actions.facts import route_of, text

NO_ATTRIBUTES: Final[Mapping[str, object]] = {}

MAX_NAVIGATIONS: Final = 256
"""Changes of address kept of one view: more than a user makes while an action waits. The oldest are dropped."""


class Navigation(NamedTuple):
    """A change of address within the document: where to, and where the record says that the page was."""

    time_ns: int
    route: str
    before: str


class View:
    """One view. `start_ns` is its opening: the start of its `documentLoad`, else of its first event."""

    __slots__ = (
        "attributes",
        "document_ns",
        "fed_by_ns",
        "id",
        "mutated",
        "navigations",
        "start_ns",
        "tab",
        "timing_fetch_start_ns",
    )

    def __init__(self, id: str, start_ns: int, tab: str) -> None:
        self.id = id
        self.start_ns = start_ns
        self.tab = tab
        self.mutated = False
        self.document_ns: int | None = None
        self.timing_fetch_start_ns: int | None = None
        self.attributes: Mapping[str, object] = NO_ATTRIBUTES
        self.fed_by_ns: int | None = None
        self.navigations: tuple[Navigation, ...] = ()
        """In order of time."""

    @property
    def origin_ns(self) -> int | None:
        """The document's time origin, where this view has a document that reported it (SPEC section 12)."""
        if self.document_ns is None or self.timing_fetch_start_ns is None:
            return None
        return self.document_ns - self.timing_fetch_start_ns

    def wants(self, start_ns: int, is_document: bool) -> bool:
        """Whether an event would feed this view's attributes: its document, else its earliest event."""
        if self.document_ns is not None and not is_document:
            return False
        return self.fed_by_ns is None or start_ns < self.fed_by_ns or (is_document and self.document_ns is None)

    def navigated(self, navigation: Navigation) -> None:
        """Note a change of address, once however often it is reported."""
        at = bisect_left(self.navigations, navigation)
        if self.navigations[at : at + 1] != (navigation,):
            self.navigations = (*self.navigations[:at], navigation, *self.navigations[at:])[-MAX_NAVIGATIONS:]

    def route_changes(self) -> list[int]:
        """When it became another view: a new address with another route (times in ns, in their order).

        The address before is that of the navigation before, else what the record says, else the view's own
        (`Views.id_of` names a view without an id by it).
        """
        if not self.navigations:
            return []
        out = []
        own, last = route_of(text(self.attributes, "view.url")) or self.id.partition("\n")[2], ""
        for time_ns, route, recorded in self.navigations:
            before = last or recorded or own
            if not before or before != route:
                out.append(time_ns)
            last = route or before
        return out
