"""Signs of a frustrated user: rage, dead and error clicks (SPEC section 8)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from otelrum.actions.clicks import Click
from otelrum.actions.settings import RAGE_CLICKS, RAGE_WINDOW_NS

CLICK: Final = "click"
"""Only this event type can be rage or dead: three key presses in one field are typing."""


def may_rage(starts_ns: list[int]) -> bool:
    """Whether clicks that start then, in order, are near enough to be a rage if they are of one target."""
    few = RAGE_CLICKS - 1
    return any(starts_ns[at] - starts_ns[at - few] <= RAGE_WINDOW_NS for at in range(few, len(starts_ns)))


def rages(clicks: Iterable[Click], max_duration_ns: int) -> list[list[Click]]:
    """The clicks of one page as actions: a rage is one, any other click is one of its own."""
    of_target: dict[tuple[str, str], list[Click]] = defaultdict(list)
    for click in clicks:
        of_target[click.event_type, click.target.selector].append(click)
    out = []
    for (event_type, _), same in of_target.items():
        out += _chains(same, max_duration_ns) if event_type == CLICK else [[click] for click in same]
    return sorted(out, key=lambda action: (action[0].start_ns, action[0].head.id))


def _chains(clicks: list[Click], max_duration_ns: int) -> list[list[Click]]:
    """Windows of 1 s with three clicks; those that share a click are one, up to `max_duration` from its first."""
    out = []
    at = 0
    while at < len(clicks):
        end = at + 1
        limit_ns = clicks[at].start_ns + max_duration_ns
        for third in range(at + RAGE_CLICKS - 1, len(clicks)):
            first = third - RAGE_CLICKS + 1
            if first >= max(end, at + 1) or clicks[third].start_ns >= limit_ns:
                break
            if clicks[third].start_ns - clicks[first].start_ns <= RAGE_WINDOW_NS:
                end = third + 1
        out.append(clicks[at:end])
        at = end
    return out


def frustrations(is_rage: bool, is_dead: bool, errors: int) -> list[str]:
    """The values of `action.frustration.type`, sorted."""
    signs = {"rage_click": is_rage, "dead_click": is_dead, "error_click": errors > 0}
    return sorted(sign for sign, shown in signs.items() if shown)
