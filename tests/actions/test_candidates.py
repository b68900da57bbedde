"""Which clicks make actions: overlaps, discarding, and at most 32 at once (SPEC sections 5 and 11)."""

from __future__ import annotations

import pytest

from tests.actions.made import Driven, click, decided, made_by, request, signs


def test_discarding_a_click_during_an_action_starts_none() -> None:
    driven = decided(
        click(0, "a", id=1), request(5, 495), click(500, "b", id=2), click(501, "b", id=3), discard_overlaps=True
    )
    assert driven.actions() == [1]
    driven = decided(
        click(0, "a", id=1), request(5, 495), click(400, "b", id=2), click(501, "c", id=3), discard_overlaps=True
    )
    assert driven.actions() == [1, 3] and driven.actions_of(2) == [1]


def test_discarding_is_decided_before_rages_are_looked_for() -> None:
    clicks = [click(n * 200, id=n + 1) for n in range(4)]
    driven = decided(*clicks, request(5, 450), discard_overlaps=True)
    assert driven.actions() == [1, 4]
    assert "action.frustration.type" not in driven.out[1]


def test_at_most_32_actions_of_a_page_overlap() -> None:
    clicks = [click(n * 50, f"t{n}", id=100 + n) for n in range(40)]
    busy = [request(n * 50 + 1, 9_000, id=200 + n) for n in range(40)]
    driven = decided(*clicks, *busy)
    assert sorted(driven.actions()) == [100 + n for n in range(32)]  # type: ignore[type-var]
    assert all(driven.actions_of(100 + n) == [131] for n in range(32, 40))


def test_actions_that_were_decided_before_and_still_go_on_count_in_the_32() -> None:
    driven = Driven()
    for n in range(32):
        driven.take(click(n * 50, f"t{n}", id=100 + n), request(n * 50 + 1, 9_000))
    driven.wait(17)
    driven.take(*(click(n * 50, f"t{n}", id=100 + n) for n in range(32, 36)))
    driven.drain()
    assert len(driven.actions()) == 32
    assert all(driven.actions_of(100 + n) == [131] for n in range(32, 36))


def test_clicks_may_come_again_when_actions_have_ended() -> None:
    clicks = [click(n * 1_500, f"t{n}", id=100 + n) for n in range(40)]
    driven = decided(*clicks, *(request(n * 1_500 + 1, 50) for n in range(40)))
    assert len(driven.actions()) == 40


@pytest.mark.parametrize("type", ["selection", "scroll"])
def test_a_chain_that_selects_or_scrolls_is_no_rage(type: str) -> None:
    clicks = [click(n * 200, id=n + 1, gesture=f"g{n}") for n in range(3)]
    assert len(signs(*clicks, made_by("g1", type, 200))) == 3
