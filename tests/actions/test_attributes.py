"""What an action's span and its members get (SPEC section 6)."""

from __future__ import annotations

from otelrum.actions.attributes import member_attributes
from otelrum.actions.gesture import Gesture
from tests.actions.made import click, custom, decided, mutation


def test_an_action_says_where_its_target_was_hit_in_whole_pixels() -> None:
    place = Gesture("g", x=12.5, y=33.4, width=120, height=39.6)
    out = decided(click(0, id=1, gesture=place)).out[1]
    assert [out[f"action.{key}"] for key in ("position.x", "position.y", "target.width", "target.height")] == [
        13,
        33,
        120,
        40,
    ]
    assert not any(key.startswith("action.position") for key in decided(click(0, id=1)).out[1])


def test_what_is_of_one_action_has_its_id_and_of_several_all_of_them() -> None:
    assert member_attributes("b", ["b"]) == {"action.id": "b"}
    assert member_attributes("b", ["a", "b"]) == {"action.id": "b", "action.ids": ["a", "b"]}


def test_without_activity_there_is_no_loading_time_and_with_it_zero_is_one() -> None:
    assert "action.loading_time" not in decided(click(0, id=1)).out[1]
    assert decided(click(0, id=1), mutation(0)).out[1]["action.loading_time"] == 0


def test_a_custom_action_keeps_its_own_type_and_an_instant_one_has_no_figures() -> None:
    out = decided(custom(0, name="bought", id=1)).out[1]
    assert set(out) == {"action.name", "context.cart.amount", "action.id"}
