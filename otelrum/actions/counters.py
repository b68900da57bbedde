"""What was decided, and what came or went at another time than it should: counted by reason."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from operator import add


class Reason(StrEnum):
    """Why a page was decided when it was (SPEC section 11)."""

    WAITED = "waited"
    SHUTDOWN = "shutdown"
    MAX_HELD = "max_held_mib"
    MAX_PAGES = "max_pages"
    MAX_PAGE_EVENTS = "max_page_events"


@dataclass(slots=True)
class Counters:
    """Numbers that only grow, but for `held`."""

    held: int = 0
    """Events that are held now, copies included."""
    late: int = 0
    too_late: int = 0
    decided: Counter[tuple[str, Reason]] = field(default_factory=Counter)
    """Actions by type and reason."""
    forced: Counter[Reason] = field(default_factory=Counter)
    """Events that went on before their time."""
    evicted_views: int = 0
    """Views of sessions that were dropped for room."""
    name_rules: list[int] = field(default_factory=list)
    """For each rule of `names` the clicks that it named or dropped."""
    ignore_rules: list[int] = field(default_factory=list)
    """For each rule of `ignore_frustration` the clicks that it fits."""

    def add(self, other: Counters) -> None:
        """Sum up what another one with the same rules has counted; what it held is its own."""
        self.late += other.late
        self.too_late += other.too_late
        self.decided.update(other.decided)
        self.forced.update(other.forced)
        self.evicted_views += other.evicted_views
        self.name_rules[:] = map(add, self.name_rules, other.name_rules)
        self.ignore_rules[:] = map(add, self.ignore_rules, other.ignore_rules)

    def start_over(self) -> None:
        """What was counted so far was counted before, in another life: all but what is held begins at 0."""
        self.late = self.too_late = self.evicted_views = 0
        self.decided.clear()
        self.forced.clear()
        self.name_rules[:] = [0] * len(self.name_rules)
        self.ignore_rules[:] = [0] * len(self.ignore_rules)
