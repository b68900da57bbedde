"""What the page module says of a gesture (SPEC sections 5, 8 and 16)."""

from __future__ import annotations

import pytest

from otelrum.actions.gesture import NO_GESTURE, Gesture, read_gesture
from otelrum.actions.settings import MS


def test_stock_instrumentation_says_of_no_gesture() -> None:
    assert read_gesture({"event_type": "click"}) is NO_GESTURE
    assert read_gesture({"interaction.id": ""}) is NO_GESTURE


@pytest.mark.parametrize("number", [12, 12.0])
def test_a_number_may_be_an_int_or_a_double(number: float) -> None:
    attributes = {
        "interaction.press_ms": number,
        "interaction.x": number,
        "interaction.y": number,
        "target.width": number,
    }
    assert read_gesture({"interaction.id": "g", **attributes}) == Gesture("g", 12 * MS, 12, 12, 12)


@pytest.mark.parametrize("value", [-1, float("nan"), float("inf"), 1e300, "12", True, None], ids=str)
def test_a_press_that_is_no_time_counts_as_missing(value: object) -> None:
    assert read_gesture({"interaction.id": "g", "interaction.press_ms": value}).press_ns is None


@pytest.mark.parametrize("value", [float("nan"), float("-inf"), 2.0**63, -(2.0**64), "12", False], ids=str)
def test_a_pixel_that_64_bits_do_not_hold_counts_as_missing(value: object) -> None:
    assert read_gesture({"interaction.id": "g", "interaction.x": value, "target.height": value}) == Gesture("g")


def test_a_pixel_may_lie_left_of_its_target() -> None:
    assert read_gesture({"interaction.x": -3.5}).x == -3.5
