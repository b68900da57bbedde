"""Signs of a frustrated user: rage, dead and error clicks (SPEC section 8)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from otelrum.actions.model import Click
from otelrum.actions.settings import CHAIN_GAP_NS, CHAIN_PX, RAGE_CLICKS, RAGE_WINDOW_NS

CLICK: Final = "click"
"""Only this event type can be rage or dead: three key presses in one field are typing."""

INPUT: Final = "input"
SCROLL: Final = "scroll"
SELECTION: Final = "selection"

RAGE: Final = "rage-click"
DEAD: Final = "dead-click"
ERROR: Final = "error-click"
ALL: Final = "all"
"""The words of `target.ignore_frustration`."""


def chains(clicks: Iterable[Click], max_duration_ns: int) -> list[list[Click]]:
    """The clicks of one page as chains, in their order; any other interaction is one by itself.

    A chain goes on with the same target, at most 1 s after the click before and within 100 px of it,
    less than `max_duration` after its first, and with no click elsewhere between.
    """
    out: list[list[Click]] = []
    chain: list[Click] = []
    for click in clicks:
        if click.event_type != CLICK:
            out.append([click])
            continue
        if not (chain and _goes_on(chain, click, max_duration_ns)):
            chain = []
            out.append(chain)
        chain.append(click)
    return out


def _goes_on(chain: list[Click], click: Click, max_duration_ns: int) -> bool:
    last = chain[-1]
    return (
        click.target.selector == last.target.selector
        and click.start_ns - last.start_ns <= CHAIN_GAP_NS
        and click.start_ns - chain[0].start_ns < max_duration_ns
        and click.gesture.is_within(last.gesture, CHAIN_PX)
    )


def is_rage(starts_ns: Sequence[int]) -> bool:
    """Whether any three neighbours of a chain lie within 1 s."""
    few = RAGE_CLICKS - 1
    return any(starts_ns[at] - starts_ns[at - few] <= RAGE_WINDOW_NS for at in range(few, len(starts_ns)))


def frustrations(is_rage: bool, is_dead: bool, has_error: bool) -> list[str]:
    """The values of `action.frustration.type`, sorted."""
    signs = {"rage_click": is_rage, "dead_click": is_dead, "error_click": has_error}
    return sorted(sign for sign, shown in signs.items() if shown)
