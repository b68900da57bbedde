"""Chains, and rage, dead and error clicks (SPEC section 8)."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otelrum.actions.frustration import chains, frustrations, is_rage
from otelrum.actions.gesture import NO_GESTURE, Gesture
from otelrum.actions.model import Click, interaction
from otelrum.actions.settings import MS, SECOND
from tests.actions.made import at, click

MAX_NS = 10 * SECOND


def clicked(*times_ms: float, target: str = "b", type: str = "click", gesture: Gesture = NO_GESTURE) -> list[Click]:
    events = [click(ms, target, type) for ms in times_ms]
    return [Click(one, [one], interaction(one).target, "v", gesture, None) for one in events]


def sizes(*clicks: Click) -> list[int]:
    """How many clicks each chain has."""
    in_order = sorted(clicks, key=lambda one: one.start_ns)
    return [len(chain) for chain in chains(in_order, MAX_NS)]


@pytest.mark.parametrize(
    ("times_ms", "expected"),
    [
        ([0, 1000], [2]),
        ([0, 1000.000001], [1, 1]),
        ([0, 900, 1800, 2700, 3701], [4, 1]),
    ],
    ids=str,
)
def test_a_chain_goes_on_within_a_second_of_the_click_before(times_ms: list[float], expected: list[int]) -> None:
    assert sizes(*clicked(*times_ms)) == expected


def test_a_chain_goes_on_less_than_max_duration_after_its_first() -> None:
    assert sizes(*clicked(*range(0, 12_000, 400))) == [25, 5]
    assert sizes(*clicked(*range(0, 10_001, 500))) == [20, 1], "the click at 10 s begins anew"


def test_a_click_elsewhere_ends_a_chain() -> None:
    assert sizes(*clicked(0, 100, 300), *clicked(200, target="other")) == [2, 1, 1]


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (Gesture(x=70, y=70), [2]),
        (Gesture(x=70, y=80), [2]),
        (Gesture(x=70, y=80.001), [1, 1]),
        (Gesture(x=500), [2]),
        (NO_GESTURE, [2]),
    ],
    ids=str,
)
def test_a_chain_goes_on_within_100_px_as_far_as_that_is_reported(other: Gesture, expected: list[int]) -> None:
    assert sizes(*clicked(0, gesture=Gesture(x=10, y=0)), *clicked(100, gesture=other)) == expected


def test_keys_pressed_are_typing_and_no_chain() -> None:
    assert sizes(*clicked(0, 100, 200, type="keydown")) == [1, 1, 1]


def test_keys_pressed_between_are_no_click_elsewhere() -> None:
    assert sorted(sizes(*clicked(0, 300), *clicked(100, type="keydown"))) == [1, 2]


@pytest.mark.parametrize(
    ("times_ms", "expected"),
    [
        ([0, 500], False),
        ([0, 500, 1000], True),
        ([0, 500, 1000.000001], False),
        ([0, 900, 1800, 2300, 2700], True),
        ([0, 600, 1200, 1800, 2400], False),
    ],
    ids=str,
)
def test_three_neighbours_within_a_second_make_a_chain_a_rage(times_ms: list[float], expected: bool) -> None:
    assert is_rage([at(ms) for ms in times_ms]) is expected


@given(st.lists(st.integers(0, 5_000), max_size=12, unique=True).map(sorted))
def test_chains_break_where_a_pause_is_too_long_and_nowhere_else(times: list[int]) -> None:
    found = chains(clicked(*times), MAX_NS)
    assert [one.start_ns for chain in found for one in chain] == [at(ms) for ms in times]
    inside = [b.start_ns - a.start_ns for chain in found for a, b in itertools.pairwise(chain)]
    between = [b[0].start_ns - a[-1].start_ns for a, b in itertools.pairwise(found)]
    assert all(gap <= 1000 * MS for gap in inside) and all(gap > 1000 * MS for gap in between)


@pytest.mark.parametrize(
    ("rage", "dead", "error", "expected"),
    [
        (False, False, False, []),
        (True, True, True, ["dead_click", "error_click", "rage_click"]),
        (False, False, True, ["error_click"]),
    ],
)
def test_the_signs_are_sorted(rage: bool, dead: bool, error: bool, expected: list[str]) -> None:
    assert frustrations(rage, dead, error) == expected
