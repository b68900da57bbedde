"""The views of one session: when each opened, in which tab, and what it knows of itself (SPEC sections 2, 3, 5, 10).

They are what lasts of a session. Between its users' visits nothing else of it is in memory, so they are small.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from typing import Final

NO_ATTRIBUTES: Final[Mapping[str, object]] = {}


class View:
    """One view. `start_ns` is its opening: the start of its `documentLoad`, else of its first event."""

    __slots__ = (
        "attributes",
        "document_ns",
        "fed_by_ns",
        "id",
        "mutated",
        "navigations_ns",
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
        self.navigations_ns: tuple[int, ...] = ()

    @property
    def origin_ns(self) -> int | None:
        """The document's time origin, where this view has a document that told it (SPEC section 12)."""
        if self.document_ns is None or self.timing_fetch_start_ns is None:
            return None
        return self.document_ns - self.timing_fetch_start_ns

    def wants(self, start_ns: int, is_document: bool) -> bool:
        """Whether an event would feed this view's attributes: its document, else its earliest event."""
        if self.document_ns is not None and not is_document:
            return False
        return self.fed_by_ns is None or start_ns < self.fed_by_ns or (is_document and self.document_ns is None)


class Views:
    """The views of a session that are known, by opening. A session without view ids has documents alone."""

    __slots__ = ("_by_id", "_documents", "_sorted", "idle_since_ns", "is_forgotten", "mutated", "samples")

    def __init__(self) -> None:
        self._by_id: dict[str, View] = {}
        self._documents: tuple[View, ...] = ()
        """Documents without a view id: each opens a view, none is a page of its own."""
        self._sorted: list[View] | None = None
        self.samples: dict[str, list[tuple[int, int]]] | None = None
        """By the view id that resource records carry: when each was written, and the origin it allows."""
        self.mutated = False
        """A mutation came without a view id."""
        self.idle_since_ns = 0
        self.is_forgotten = False

    def rest(self, now_ns: int) -> None:
        """Nothing else of their session is held or remembered any more."""
        self.idle_since_ns = now_ns
        self._sorted = None

    @property
    def pages(self) -> int:
        """How many pages they count for."""
        return len(self) or 1

    def get(self, id: str) -> View | None:
        return self._by_id.get(id)

    def __iter__(self) -> Iterator[View]:
        yield from self._by_id.values()
        yield from self._documents

    def opened(self, id: str, start_ns: int, tab: str) -> View:
        """The view with this id, which is known to have been open at `start_ns`."""
        view = self._by_id.get(id)
        if view is None:
            view = self._by_id[id] = View(id, start_ns, tab)
            self._sorted = None
            return view
        if start_ns < view.start_ns:
            view.start_ns = start_ns
            self._sorted = None
        if tab and not view.tab:
            view.tab = tab
        return view

    def document(self, start_ns: int, tab: str) -> View:
        """The view that a `documentLoad` without a view id opened."""
        for view in self._documents:
            if view.start_ns == start_ns:
                return view
        view = View("", start_ns, tab)
        self._documents += (view,)
        self._sorted = None
        return view

    def forget_oldest(self, keep: int) -> None:
        """Keep so many views: a session that never ends must not grow for ever."""
        for view in self._in_order()[:-keep]:
            if view.id:
                del self._by_id[view.id]
            else:
                self._documents = tuple([other for other in self._documents if other is not view])
        self._sorted = None

    def __len__(self) -> int:
        return len(self._by_id) + len(self._documents)

    def open_at(self, time_ns: int, tab: str = "") -> View | None:
        """The latest view with an id that had opened by then, of this tab where tabs are known."""
        return next((v for v in self._until(time_ns) if v.id and _same_tab(v.tab, tab)), None)

    def document_at(self, time_ns: int, tab: str = "") -> View | None:
        """The latest view with a document of its own that had opened by then."""
        return next((v for v in self._until(time_ns) if v.document_ns is not None and _same_tab(v.tab, tab)), None)

    def end_after(self, t0_ns: int, own: str, tab: str, latest_life: Callable[[], int]) -> int | None:
        """When the view `own` ended after t0: at the start of the next one (SPEC section 5, rule 5).

        Another tab's does not end it: told by tab ids, else by a life of the own view more than 1 s
        later. `latest_life` tells the latest start of its interactions, requests and mutations.
        """
        views = self._in_order()
        for view in views[bisect_right(views, t0_ns, key=_start) :]:
            if view.id == own and own:
                continue
            if view.tab and tab:
                if view.tab == tab:
                    return view.start_ns
            elif latest_life() <= view.start_ns + _LATER_LIFE_NS:
                return view.start_ns
        return None

    def _until(self, time_ns: int) -> Iterator[View]:
        views = self._in_order()
        for at in range(bisect_right(views, time_ns, key=_start) - 1, -1, -1):
            yield views[at]

    def _in_order(self) -> list[View]:
        if self._sorted is None:
            self._sorted = sorted(self, key=lambda view: (view.start_ns, view.id))
        return self._sorted


_LATER_LIFE_NS: Final = 1_000_000_000


def _start(view: View) -> int:
    return view.start_ns


def _same_tab(a: str, b: str) -> bool:
    return not a or not b or a == b
