"""Pairs are made nearest first, and each thing is in one at most."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otelrum.actions.nearest_pairs import nearest_pairs

WITHIN = 50


def paired(left: list[int], right: list[int]) -> list[tuple[str, str]]:
    """Pairs by name: `l0` is the first of `left`."""
    return nearest_pairs(
        [(time, f"l{n}") for n, time in enumerate(left)], [(time, f"r{n}") for n, time in enumerate(right)], WITHIN
    )


def by_looking_at_all(left: list[int], right: list[int]) -> list[tuple[str, str]]:
    """The same the slow way, for times of which no two are equal."""
    pairs = [(abs(a - b), min(a, b), i, j) for i, a in enumerate(left) for j, b in enumerate(right)]
    out: list[tuple[str, str]] = []
    for distance, _, i, j in sorted(pairs):
        is_free = all(f"l{i}" != a and f"r{j}" != b for a, b in out)
        if distance <= WITHIN and is_free:
            out.append((f"l{i}", f"r{j}"))
    return out


@given(st.sets(st.integers(0, 300), max_size=12), st.data())
def test_the_pairs_are_those_of_looking_at_all(times: set[int], data: st.DataObject) -> None:
    ordered = data.draw(st.permutations(sorted(times)))
    cut = data.draw(st.integers(0, len(ordered)))
    left, right = list(ordered[:cut]), list(ordered[cut:])
    assert sorted(paired(left, right)) == sorted(by_looking_at_all(left, right))


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ([0], [50], [("l0", "r0")]),
        ([0], [51], []),
        ([0, 10], [12], [("l1", "r0")]),
        ([0, 30], [20, 70], [("l1", "r0")]),
        ([0, 20], [10], [("l0", "r0")]),
        ([5, 5], [5, 5], [("l0", "r0"), ("l1", "r1")]),
        ([], [1], []),
    ],
    ids=str,
)
def test_nearest_first(left: list[int], right: list[int], expected: list[tuple[str, str]]) -> None:
    assert sorted(paired(left, right)) == expected
