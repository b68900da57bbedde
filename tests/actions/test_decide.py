"""From clicks to decided actions: ids, ends, dead clicks, what overlaps (SPEC sections 5, 6, 8 and 11)."""

from __future__ import annotations

import uuid

import pytest

from otelrum.actions.decide import NAMESPACE, action_id
from otelrum.actions.details import Interaction
from otelrum.actions.event_class import EventClass
from otelrum.actions.model import Event, SessionKey
from otelrum.actions.settings import DeadClick
from otelrum.actions.target import span_target
from tests.actions.made import Driven, at, click, click_record, decided, event, image, made_by, mutation, request, signs

MS = 10**6


def loading_ms(driven: Driven, number: int = 1) -> float | None:
    loading = driven.out[number].get("action.loading_time")
    return None if loading is None else int(loading) / MS  # type: ignore[call-overload]


# ------------------------------------------------------------------ ids
def test_an_action_s_id_is_the_uuid_of_its_span_s_ids() -> None:
    head = click(0, id=7)
    assert action_id(SessionKey("shop", "s"), head) == str(uuid.uuid5(NAMESPACE, head.id.hex()))
    assert str(NAMESPACE) == "d62edfc8-40c0-4064-a3bf-91a6d82e463a"


def test_a_record_s_action_id_is_the_uuid_of_what_distinguishes_it() -> None:
    name = f"shop\ns\nv\n{at(5)}\n#buy"
    assert action_id(SessionKey("shop", "s"), click_record(5, "buy")) == str(uuid.uuid5(NAMESPACE, name))


# ------------------------------------------------------------------ ends
def test_a_rage_ends_when_the_last_of_its_clicks_does() -> None:
    driven = decided(click(0, id=1), click(400, id=2), click(800, id=3), request(410, 50))
    assert driven.actions() == [1]
    assert driven.out[1]["action.frustration.type"] == ["rage_click"]
    assert loading_ms(driven) == 800, "a click without activity ends at its start"
    assert all(driven.out[n] == {"action.id": driven.out[1]["action.id"]} for n in (2, 3))


def test_by_trace_a_rage_sees_what_its_clicks_set_off_in_order_of_time() -> None:
    clicks = (click(n * 100, id=1 + n) for n in range(3))
    driven = decided(*clicks, request(390, 100, parent=1), request(280, 620, parent=2), by_trace=True)
    assert loading_ms(driven) == 900


def test_the_counts_of_a_rage_cover_its_whole_window() -> None:
    driven = decided(click(0, id=1), click(400, id=2), click(800, id=3), request(5, 10), image(600, 10), image(950, 5))
    assert driven.out[1]["action.resource.count"] == 2


def test_a_rage_without_any_activity_has_no_loading_time() -> None:
    assert loading_ms(decided(*(click(n * 200, id=n + 1) for n in range(4)))) is None


def test_a_resource_that_still_ran_at_the_end_is_of_the_action_and_not_counted() -> None:
    driven = decided(click(0, id=1), request(5, 50), image(20, 500, id=2), image(20, 35, id=3))
    assert loading_ms(driven) == 55
    assert driven.out[1]["action.resource.count"] == 2
    assert driven.actions_of(2) == [1]


@pytest.mark.parametrize(("ms", "expected"), [(-1, 0), (-1.000001, 900), (200, 200), (1000, 1000), (1000.000001, 900)])
def test_a_change_of_route_ends_the_action(ms: float, expected: float) -> None:
    route = event(EventClass.NAVIGATION, ms, is_record=True)
    assert loading_ms(decided(click(0, id=1), request(5, 895), mutation(2_000, id=2), route)) == expected


def test_a_change_of_route_of_another_view_does_not() -> None:
    route = event(EventClass.NAVIGATION, 200, view="w", is_record=True)
    # The other view opened long before.
    driven = decided(mutation(-5_000, view="w"), click(0, id=1), request(5, 895), route)
    assert loading_ms(driven) == 900


# ------------------------------------------------------------------ dead clicks
def frustration(*events: Event, **settings: object) -> object:
    return decided(*events, **settings).out[1].get("action.frustration.type")


def on(element: dict[str, object]) -> Event:
    one = click(0, id=1)
    assert isinstance(one.detail, Interaction)
    one.detail = Interaction(one.detail.event_type, span_target(element, mask=False))
    return one


def test_always_calls_a_click_without_activity_dead_and_never_does_not() -> None:
    assert frustration(click(0, id=1), dead_click=DeadClick.ALWAYS) == ["dead_click"]
    assert frustration(click(0, id=1), request(5), dead_click=DeadClick.ALWAYS) is None
    assert frustration(click(0, id=1), mutation(5_000), dead_click=DeadClick.NEVER) is None


def test_auto_claims_a_dead_click_only_where_the_page_sends_mutations() -> None:
    assert frustration(click(0, id=1)) is None
    assert frustration(click(0, id=1), mutation(5_000)) == ["dead_click"], "whenever it happened"
    assert frustration(click(0, id=1), mutation(-90_000)) == ["dead_click"]
    assert frustration(click(0, id=1), mutation(-90_000, view="w")) is None, "another view's"


def test_auto_counts_a_mutation_that_was_let_go_long_ago() -> None:
    driven = Driven()
    driven.take(mutation(-300_000, id=2))
    driven.wait(300)
    driven.take(click(0, id=1))
    driven.wait(20)
    assert driven.out[1]["action.frustration.type"] == ["dead_click"]


def test_auto_counts_a_page_without_view_ids_as_one() -> None:
    assert frustration(click(0, id=1, view=""), mutation(5_000, view="")) == ["dead_click"]


def test_auto_believes_a_page_that_says_that_it_sees_mutations() -> None:
    one = click(0, id=1)
    assert isinstance(one.detail, Interaction)
    one.detail = Interaction(one.detail.event_type, one.detail.target, sees_mutations=True)
    assert frustration(one) == ["dead_click"]


@pytest.mark.parametrize(
    ("element", "is_dead"),
    [
        ({"target_element": "BUTTON"}, True),
        ({"target_element": "TEXTAREA"}, False),
        ({"target_element": "A", "target.href": ""}, True),
        ({"target_element": "A"}, False),
    ],
    ids=str,
)
def test_a_target_that_may_do_nothing_is_never_dead(element: dict[str, object], is_dead: bool) -> None:
    assert frustration(on(element), dead_click=DeadClick.ALWAYS) == (["dead_click"] if is_dead else None)


def test_only_clicks_are_dead() -> None:
    assert frustration(click(0, type="keydown", id=1), dead_click=DeadClick.ALWAYS) is None


# ------------------------------------------------------------------ overlaps
def test_overlapping_actions_each_run_their_own_rule_and_count_what_they_share() -> None:
    driven = decided(click(0, "a", id=1), request(5, 495), click(300, "b", id=2), image(310, 10))
    assert (loading_ms(driven, 1), loading_ms(driven, 2)) == (500, 20)
    assert [driven.out[n]["action.resource.count"] for n in (1, 2)] == [2, 1]


# ------------------------------------------------------------------ what the user did
@pytest.mark.parametrize("type", ["input", "scroll", "selection"])
def test_a_click_that_made_something_is_not_dead(type: str) -> None:
    assert signs(click(0, id=1, gesture="g"), made_by("g", type, 30)) == [None]
    assert signs(click(0, id=1, gesture="g"), made_by("g", type, -5_000)) == [None], "whenever it happened"
    assert signs(click(0, id=1, gesture="g"), made_by("h", type, 30)) == [["dead_click"]]


def test_without_ids_nothing_is_known_of_what_a_click_made() -> None:
    assert signs(click(0, id=1), made_by("", "input", 30)) == [["dead_click"]]


def test_what_a_gesture_made_is_of_its_click_and_of_no_window() -> None:
    later = made_by("g", "scroll", 9_000, view="w", id=8)
    driven = decided(
        click(0, id=1, gesture="g"), later, click(100, "c", id=2), request(5, 300), made_by("h", "input", 50, id=9)
    )
    assert driven.actions_of(8) == [1] and driven.actions_of(9) == []
    assert driven.out[1]["action.loading_time"] == 305_000_000


def test_user_activity_is_no_activity() -> None:
    assert loading_ms(decided(click(0, id=1, gesture="g"), made_by("g", "input", 30))) is None


def test_a_selection_speaks_for_its_whole_chain() -> None:
    twice = click(0, id=1, gesture="g"), click(200, id=2, gesture="h")
    assert signs(*twice, made_by("h", "selection", 200)) == [None, None]
    separately = click(0, id=1, gesture="g"), click(1_000.001, id=2, gesture="h")
    assert signs(*separately, made_by("h", "selection", 1_000)) == [["dead_click"], None]


def test_a_selection_speaks_also_for_the_click_after_one_that_is_decided() -> None:
    driven = Driven(dead_click=DeadClick.ALWAYS)
    driven.take(click(0, id=1, gesture="g"), made_by("g", "selection", 5))
    driven.wait(1)
    driven.take(click(900, id=2, gesture="h"))
    driven.wait(20)
    assert driven.actions() == [1, 2] and "action.frustration.type" not in driven.out[2]


def test_a_rage_is_dead_when_one_of_its_clicks_is() -> None:
    rage = [click(n * 300, id=n + 1, gesture=f"g{n}") for n in range(3)]
    assert signs(*rage, mutation(10), mutation(310)) == [["dead_click", "rage_click"]]
    rage = [click(n * 300, id=n + 1, gesture=f"g{n}") for n in range(3)]
    assert signs(*rage, mutation(10), mutation(310), mutation(610)) == [["rage_click"]]


CHECKBOX = {"target_element": "INPUT", "target.type": "checkbox"}


def test_where_inputs_are_reported_a_checkbox_without_one_is_dead() -> None:
    assert signs(click(0, id=1, page=CHECKBOX)) == [None], "nobody would report it"
    assert signs(click(0, id=1, gesture="g", page=CHECKBOX)) == [["dead_click"]]
    assert signs(click(0, id=1, gesture="g", page=CHECKBOX), made_by("g", "input", 5)) == [None]
    assert signs(click(0, id=1, gesture="g", page={**CHECKBOX, "target.type": "text"})) == [None]
