"""Rage, dead and error clicks (SPEC section 8)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otelrum.actions.clicks import Click, interaction
from otelrum.actions.frustration import frustrations, rages
from otelrum.actions.settings import MS, SECOND
from tests.actions.made import click

MAX_NS = 10 * SECOND


def clicked(*times_ms: float, target: str = "b", type: str = "click") -> list[Click]:
    events = [click(ms, target, type) for ms in times_ms]
    return [Click(one, [one], interaction(one).target) for one in events]


def sizes(clicks: list[Click]) -> list[int]:
    """How many clicks each action has."""
    return [len(action) for action in rages(clicks, MAX_NS)]


@pytest.mark.parametrize(
    ("times_ms", "expected"),
    [
        ([0, 500], [1, 1]),
        ([0, 500, 1000], [3]),
        ([0, 500, 1000.000001], [1, 1, 1]),
        ([0, 900, 1800], [1, 1, 1]),
        ([0, 400, 800, 1790, 1810], [3, 1, 1]),
        ([0, 400, 800, 1400, 1800], [5]),
        ([0, 900, 1100, 1500, 3000], [1, 3, 1]),
        ([0, 500, 1000, 1001, 1500, 2001], [6]),
    ],
    ids=str,
)
def test_three_clicks_within_a_second_are_a_rage(times_ms: list[float], expected: list[int]) -> None:
    assert sizes(clicked(*times_ms)) == expected


def test_a_rage_takes_clicks_that_start_less_than_max_duration_after_its_first() -> None:
    assert sizes(clicked(*range(0, 12_000, 400))) == [25, 5]
    assert sizes(clicked(*range(0, 10_001, 500))) == [20, 1], "the click at 10 s begins anew"
    assert sizes(clicked(*range(0, 10_000, 500))) == [20]


def test_rages_of_other_targets_are_rages_of_their_own() -> None:
    both = sorted(clicked(0, 300, 600, target="a") + clicked(100, 400, 700, target="b"), key=lambda one: one.start_ns)
    found = rages(both, MAX_NS)
    assert [[one.target.selector for one in action] for action in found] == [["#a"] * 3, ["#b"] * 3]


def test_three_keys_pressed_are_typing_and_no_rage() -> None:
    assert sizes(clicked(0, 100, 200, type="keydown")) == [1, 1, 1]


def plainly(times: list[int]) -> list[int]:
    """The rule in its plainest words: join windows while one shares a click with what is joined."""
    if not times:
        return []
    within = [time for time in times if time - times[0] < MAX_NS // MS]
    windows = [{n, n + 1, n + 2} for n in range(len(within) - 2) if within[n + 2] - within[n] <= 1000]
    joined = {0}
    while more := [window for window in windows if window & joined and not window <= joined]:
        joined |= more[0]
    return [len(joined), *plainly(times[len(joined) :])]


@given(st.lists(st.one_of(st.integers(0, 15_000), st.integers(0, 1500)), max_size=30, unique=True).map(sorted))
def test_rages_are_the_windows_that_share_clicks(times: list[int]) -> None:
    assert sizes(clicked(*times)) == plainly(times)


@pytest.mark.parametrize(
    ("is_rage", "is_dead", "errors", "expected"),
    [
        (False, False, 0, []),
        (True, True, 2, ["dead_click", "error_click", "rage_click"]),
        (False, False, 1, ["error_click"]),
    ],
)
def test_the_signs_are_sorted(is_rage: bool, is_dead: bool, errors: int, expected: list[str]) -> None:
    assert frustrations(is_rage, is_dead, errors) == expected
