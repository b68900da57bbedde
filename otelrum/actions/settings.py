"""What can be set about actions, in the units of the domain (SPEC section 13)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

MS: Final = 1_000_000
SECOND: Final = 1_000_000_000

CLOCK_STEP_NS: Final = MS
"""Browsers round their clocks to 1 ms (SPEC section 5)."""

RAGE_WINDOW_NS: Final = SECOND
RAGE_CLICKS: Final = 3
"""Three clicks within one second (SPEC section 8)."""

SEEN_TWICE_NS: Final = 50 * MS
"""A span and a record that tell of one request or error start this near (SPEC section 12)."""

MAX_OVERLAPS: Final = 32
"""Actions of one page that may be ongoing at once (SPEC section 11)."""


class DeadClick(StrEnum):
    """When a click without activity is called dead (SPEC section 8)."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Settings:
    """The defaults are those of SPEC section 13."""

    idle_ns: int = 100 * MS
    same_click_ns: int = 30 * MS
    max_duration_ns: int = 10 * SECOND
    decision_wait_ns: int = 16 * SECOND
    by_trace: bool = False
    discard_overlaps: bool = False
    dead_click: DeadClick = DeadClick.AUTO
    name_template: str = "{verb} on {target}"
    max_held_bytes: int = 512 << 20
    max_pages: int = 200_000
    max_page_events: int = 50_000
    event_types: frozenset[str] = field(default=frozenset({"click"}))

    @property
    def reach_ns(self) -> int:
        """How long after its last click an action can have events."""
        return self.max_duration_ns + self.idle_ns
