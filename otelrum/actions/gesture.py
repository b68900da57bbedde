"""What the page module reports of a gesture: which one, for how long, and where on its target (SPEC section 16)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from otelrum.actions.facts import number, text
from otelrum.actions.settings import MS

GESTURE_ID: Final = "interaction.id"

GESTURE_KEYS: Final = (
    GESTURE_ID, "interaction.press_ms", "interaction.x", "interaction.y", "target.width", "target.height",
)  # fmt: skip
"""The attributes of an interaction that its gesture is made of."""

_MAX_PX: Final = 2.0**63
_MAX_PRESS_MS: Final = 1e12
"""Some 30 years: a time beyond is a mistake, and would not fit into 64 bits of nanoseconds."""


@dataclass(frozen=True, slots=True)
class Gesture:
    """One gesture of the user. What the page did not report is None; an empty `id` is none."""

    id: str = ""
    press_ns: int | None = None
    """From the pointerdown to the interaction's start."""
    x: float | None = None
    """In CSS pixels, within the target."""
    y: float | None = None
    width: float | None = None
    height: float | None = None

    def is_within(self, other: Gesture, distance_px: float) -> bool:
        """Whether both are so near to each other, as far as the page reports where they were."""
        if self.x is None or self.y is None or other.x is None or other.y is None:
            return True
        return math.hypot(self.x - other.x, self.y - other.y) <= distance_px


NO_GESTURE: Final = Gesture()
"""The gesture of stock instrumentation, which reports none of this."""


def read_gesture(attributes: Mapping[str, object]) -> Gesture:
    """The gesture of an interaction; what is no number, no pixel or before its pointerdown counts as missing."""
    if not any(key in attributes for key in GESTURE_KEYS):
        return NO_GESTURE
    press_ms = number(attributes, "interaction.press_ms")
    gesture = Gesture(
        text(attributes, GESTURE_ID),
        round(press_ms * MS) if press_ms is not None and 0 <= press_ms <= _MAX_PRESS_MS else None,
        _pixel(attributes, "interaction.x"),
        _pixel(attributes, "interaction.y"),
        _pixel(attributes, "target.width"),
        _pixel(attributes, "target.height"),
    )
    return NO_GESTURE if gesture == NO_GESTURE else gesture


def _pixel(attributes: Mapping[str, object], key: str) -> float | None:
    value = number(attributes, key)
    return value if value is not None and -_MAX_PX <= value < _MAX_PX else None
