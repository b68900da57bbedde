"""Whether more actions of a page may be ongoing at once than are kept apart (SPEC section 11)."""

from __future__ import annotations

from otelrum.actions.idle import Interval
from otelrum.actions.settings import MAX_OVERLAPS


def may_overlap(ongoing_ns: list[int], times: list[Interval]) -> bool:
    """Whether 32 may be ongoing when one of these starts; the first are the ends of earlier ones."""
    for start_ns, end_ns in times:
        ongoing_ns = [other_ns for other_ns in ongoing_ns if other_ns >= start_ns]
        if len(ongoing_ns) >= MAX_OVERLAPS:
            return True
        ongoing_ns.append(end_ns)
    return False
