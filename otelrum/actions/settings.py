"""What can be set about actions, in the units of the domain (SPEC section 13)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MS: Final = 1_000_000
SECOND: Final = 1_000_000_000

ERROR_DELAY_NS: Final = 100 * MS
"""An error so long after an action's end is its own: what an action breaks shows a little later (SPEC section 5)."""

LATER_LIFE_NS: Final = SECOND
"""A view that lives on so long after another one began was not left for it (SPEC section 5, rule 5)."""

RAGE_WINDOW_NS: Final = SECOND
RAGE_CLICKS: Final = 3
"""Three clicks within one second (SPEC section 8)."""

CHAIN_GAP_NS: Final = SECOND
CHAIN_PX: Final = 100.0
"""Clicks of one chain follow each other so fast and so near (SPEC section 8)."""

NEXT_LISTENER_NS: Final = 2 * MS
"""The next listener of a click starts so near to the end of the one before (SPEC section 4)."""

SEEN_TWICE_NS: Final = 50 * MS
"""A span and a record that describe one request or error start this near (SPEC section 12)."""

VITAL_EARLY_NS: Final = 100 * MS
"""The press that a web vital describes comes at most so long before its click (SPEC section 12)."""

WINDOW_MEMORY_NS: Final = 300 * SECOND
"""How long an action's window is kept after its decision has expired (SPEC section 11)."""

INSTANT_NS: Final = MS
"""A custom action that is shorter has no window (SPEC section 9)."""

MAX_OVERLAPS: Final = 32
"""Actions of one page that may be ongoing at once (SPEC section 11)."""


class DeadClick(StrEnum):
    """When a click without activity is called dead (SPEC section 8)."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class NameRule:
    """Changes the name of the actions that all its expressions fit, or drops them (SPEC section 7)."""

    name: str = ""
    selector: str = ""
    view: str = ""
    """Regular expressions, searched; an empty one is not given."""
    set: str = ""
    drop: bool = False


@dataclass(frozen=True, slots=True)
class IgnoreRule:
    """Where some kinds of frustration are none: `types` are words of `target.ignore_frustration` (SPEC section 8)."""

    selector: str = ""
    name: str = ""
    """Regular expressions, searched; an empty one is not given."""
    types: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Settings:
    """The defaults are those of SPEC section 13."""

    idle_ns: int = 100 * MS
    same_click_ns: int = 30 * MS
    max_duration_ns: int = 10 * SECOND
    hold_all: bool = True
    decision_wait_ns: int = 16 * SECOND
    by_trace: bool = False
    discard_overlaps: bool = False
    event_types: frozenset[str] = frozenset({"click"})
    dead_click: DeadClick = DeadClick.AUTO
    network_errors: bool = False
    error_attributes: tuple[str, ...] = ()
    page_by_service: bool = True
    ignore_frustration: tuple[IgnoreRule, ...] = ()
    names: tuple[NameRule, ...] = ()
    ignore_urls: tuple[str, ...] = ()
    excluded_activity_urls: tuple[str, ...] = ()
    resource_scopes: frozenset[str] = frozenset(
        {"@opentelemetry/instrumentation-document-load", "splunk-post-doc-load-resource"}
    )
    mask: bool = False
    name_template: str = "{verb} on {target}"
    max_held_bytes: int = 512 << 20
    max_pages: int = 200_000
    max_page_events: int = 50_000

    @property
    def max_extent_ns(self) -> int:
        """How long after its last click an action can have events."""
        return self.max_duration_ns + max(self.idle_ns, ERROR_DELAY_NS)
