"""From when on an event counts for an action: [t0 - 1 ms, end] (SPEC section 5). The only file that knows the 1 ms."""

from __future__ import annotations

from typing import Final

from otelrum.actions.settings import MS

_CLOCK_STEP_NS: Final = MS
"""Browsers round their clocks to 1 ms: what an action set off may seem to start so long before it."""


def opens_ns(t0_ns: int) -> int:
    """The first moment of the window of an action that starts at `t0_ns`, in unix nanoseconds."""
    return t0_ns - _CLOCK_STEP_NS


def latest_t0_ns(time_ns: int) -> int:
    """The latest t0 of an action whose window has begun by this moment: `opens_ns` from the other side."""
    return time_ns + _CLOCK_STEP_NS


def is_over_ns(blocked_until_ns: int) -> int:
    """When the page can surely look again after it was blocked (SPEC section 5, rule 3)."""
    return blocked_until_ns + _CLOCK_STEP_NS
