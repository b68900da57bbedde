"""Holding and letting go: how long, what late events get, and every bound (SPEC section 11)."""

from __future__ import annotations

import gc

import pytest

from otelrum.actions.counters import Reason
from otelrum.actions.event_class import EventClass
from otelrum.actions.memory import EVENT_BYTES, PAGE_BYTES, SESSION_NS
from otelrum.actions.settings import SECOND, WINDOW_MEMORY_NS
from tests.actions.made import Driven, click, custom, event, image, made_by, mutation, request

WAIT_S = 16
WINDOWS_S = WINDOW_MEMORY_NS / SECOND


def test_an_action_leaves_when_its_wait_is_over_and_not_before() -> None:
    driven = Driven()
    driven.take(click(id=1), request(5, id=2))
    driven.wait(WAIT_S - 0.2)
    assert driven.out == {}
    driven.wait(0.4)
    assert driven.out[1]["action.loading_time"] == 55_000_000
    assert driven.out[2] == {"action.id": driven.out[1]["action.id"]}


def test_a_held_event_waits_for_an_action_that_may_cover_it() -> None:
    driven = Driven()
    driven.take(request(5, id=2))
    driven.wait(10)
    driven.take(click(id=1))
    driven.wait(WAIT_S - 9)
    assert driven.out == {}, "its own wait is over, the click's is not"
    driven.wait(10)
    assert driven.out[2] == {"action.id": driven.out[1]["action.id"]}


def test_no_event_is_held_longer_than_three_waits() -> None:
    driven = Driven()
    driven.take(request(5, id=2))
    for n in range(12):  # each click keeps the window of the one before open
        driven.take(click(n * 9_000))
        driven.wait(5)
    assert 2 in driven.out


def test_what_comes_after_the_decision_gets_the_id_at_once_and_changes_no_figure() -> None:
    driven = Driven()
    driven.take(click(id=1), request(5, id=2))
    driven.wait(WAIT_S + 0.2)
    driven.take(request(10, 900, id=3))
    driven.wait(0.2)
    assert driven.out[3] == {"action.id": driven.out[1]["action.id"]}
    assert driven.out[1]["action.resource.count"] == 1
    assert driven.assembler.counters.late == 1


def test_a_late_interaction_of_a_decided_click_joins_it() -> None:
    driven = Driven()
    driven.take(click(id=1))
    driven.wait(WAIT_S + 0.2)
    driven.take(click(20, id=2))
    driven.wait(0.2)
    assert driven.out[2] == {"action.id": driven.out[1]["action.id"]}


def test_what_comes_when_the_decision_is_dropped_passes_as_it_came_and_is_counted() -> None:
    driven = Driven()
    driven.take(click(id=1))
    driven.wait(3 * WAIT_S)
    driven.take(event(EventClass.MUTATION, 0, id=2))
    driven.wait(0.4)
    assert driven.out[2] == {}
    assert driven.assembler.counters.too_late == 1


def test_an_event_that_was_let_go_still_counts_for_a_click_that_comes_later() -> None:
    driven = Driven()
    driven.take(request(5, id=2))
    driven.wait(WAIT_S + 2)
    assert driven.out == {2: {}}
    driven.take(click(id=1))
    driven.wait(WAIT_S + 0.4)
    assert driven.out[1]["action.resource.count"] == 1


def test_a_copy_goes_with_the_first_and_counts_nothing() -> None:
    driven = Driven()
    driven.take(click(id=1), request(5, id=2), request(5, id=2), click(id=1))
    driven.wait(WAIT_S + 0.2)
    assert driven.times.count(1) == driven.times.count(2) == 2
    assert driven.out[1]["action.resource.count"] == 1


def test_a_copy_after_the_decision_gets_what_the_first_got() -> None:
    driven = Driven()
    driven.take(click(id=1), request(5, id=2))
    driven.wait(WAIT_S + 2)
    first = dict(driven.out)
    driven.take(click(id=1), request(5, id=2))
    driven.wait(0.4)
    assert driven.out == first and driven.times.count(1) == 2


def test_what_comes_between_the_wait_and_the_tick_is_late() -> None:
    driven = Driven()
    driven.take(click(id=1), request(5, id=2))
    driven.now_ns = WAIT_S * SECOND + 1  # no tick since
    driven.take(request(10, 90, id=3))
    driven.wait(0.2)
    assert driven.out[1]["action.resource.count"] == 1
    assert driven.out[3] == {"action.id": driven.out[1]["action.id"]}


@pytest.mark.parametrize("drained", [True, False])
def test_memory_is_empty_again_when_everything_is_dropped(drained: bool) -> None:
    driven = Driven()
    for n in range(50):
        driven.take(click(n * 10, view="v"), request(n * 10 + 5), session=f"s{n % 7}")
    if drained:
        driven.drain()
    driven.wait(6 * WAIT_S + WINDOWS_S)
    memory = driven.assembler.memory
    assert memory.spans == {} and driven.assembler.counters.held == 0
    assert memory.pages == 7 and memory.bytes == 7 * PAGE_BYTES
    driven.wait(SESSION_NS / SECOND + 60, step_s=60)
    driven.take(click(), session="another")
    driven.wait(0.4)
    assert memory.pages == 1


def test_over_max_held_the_oldest_pages_are_decided_early_and_nothing_is_lost() -> None:
    driven = Driven(max_held_bytes=20 * (EVENT_BYTES + 500))
    for n in range(40):
        driven.take(click(id=1000 + n), request(5, id=2000 + n), session=f"s{n}")
        driven.wait(0.2)
    assert driven.assembler.memory.bytes <= 20 * (EVENT_BYTES + 500)
    assert driven.out[1000]["action.resource.count"] == 1, "decided with what was known"
    assert driven.assembler.counters.forced[Reason.MAX_HELD] > 0
    driven.drain()
    assert sorted(driven.times) == sorted([*range(1000, 1040), *range(2000, 2040)])  # type: ignore[type-var]


def test_over_max_pages_idle_views_go_first_then_the_oldest_pages() -> None:
    driven = Driven(max_pages=10)
    for n in range(30):
        driven.take(click(id=100 + n), session=f"s{n}")
        driven.evict()
    assert driven.assembler.memory.pages <= 10
    assert driven.assembler.counters.decided["click", Reason.MAX_PAGES] >= 20
    driven.drain()
    assert len(driven.times) == 30


def test_a_page_with_too_many_events_is_decided_early() -> None:
    driven = Driven(max_page_events=100)
    driven.take(click(id=1), *(event(EventClass.MUTATION, n) for n in range(150)))
    driven.evict()
    assert driven.out[1]["action.loading_time"] == 149_000_000
    assert driven.assembler.counters.decided["click", Reason.MAX_PAGE_EVENTS] == 1


def test_a_page_that_was_crowded_may_be_over_when_room_is_made() -> None:
    driven = Driven(max_page_events=1)
    driven.take(request(0), request(5))
    driven.drain()
    driven.now_ns += 2 * WAIT_S * SECOND
    driven._keep(driven.assembler.due(driven.now_ns))
    later, last = request(9), request(12)
    driven.take(later)
    driven.evict()
    driven.take(last)
    assert last.key is later.key and driven.assembler.counters.held == 2


def test_at_most_32_actions_overlap_and_later_clicks_are_events_of_the_latest() -> None:
    driven = Driven()
    busy = request(0, 9_000, id=1)
    driven.take(busy, *(click(40 + n * 50, id=100 + n) for n in range(60)))
    driven.wait(3 * WAIT_S)
    heads = [out for out in driven.out.values() if "action.type" in out]
    assert 1 <= len(heads) <= 32


def test_views_of_a_session_that_never_ends_are_bounded() -> None:
    driven = Driven()
    for n in range(2_000):
        driven.take(event(EventClass.OTHER, n * 1_000, view=f"v{n}"))
    assert driven.assembler.memory.pages <= 256


def test_a_client_that_keeps_one_old_start_alive_holds_nothing_up() -> None:
    driven = Driven()
    for _ in range(40):
        driven.take(click(0), request(5))
        driven.wait(2)
    assert len(driven.times) > 20


# ------------------------------------------------------------------ bounds of waiting
def test_an_action_is_decided_two_waits_after_its_first_span_at_the_latest() -> None:
    driven = Driven()
    for n in range(53):  # a rage without end: each click puts the decision off
        driven.take(click(n * 150, id=n + 1))
        driven.wait(0.6)
    assert driven.out == {}, "31.8 s after the first"
    driven.wait(0.4)
    assert driven.out[1]["action.frustration.type"] == ["rage_click"]


def test_an_event_is_held_for_three_waits_at_most_even_where_a_click_may_still_have_it() -> None:
    driven = Driven()
    driven.take(request(5_000, id=500))
    for n in range(3):  # each of them may have it, and comes before the one before is decided
        driven.take(click(n * 1_500, f"t{n}", id=n + 1))
        driven.wait(WAIT_S - 0.4)
    assert 500 not in driven.out, "46.8 s after it came"
    driven.take(click(4_500, "t9", id=9))
    driven.wait(1.4)
    assert 500 in driven.out and 9 not in driven.out, "three waits after it came"


# ------------------------------------------------------------------ hold: around_actions
def test_around_actions_what_comes_without_any_goes_at_once_and_counts_all_the_same() -> None:
    driven = Driven(hold_all=False)
    driven.take(image(5, 50, id=2), mutation(90, id=3), beside_action=False)
    driven.wait(0.2)
    assert driven.out == {2: {}, 3: {}} and driven.assembler.counters.held == 0
    driven.take(click(0, id=1))
    driven.wait(20)
    assert driven.out[1]["action.loading_time"] == 90_000_000 and driven.out[1]["action.resource.count"] == 1


def test_around_actions_what_comes_with_an_action_or_while_one_waits_is_held() -> None:
    driven = Driven(hold_all=False)
    driven.take(request(5, 50, id=2), click(0, id=1))
    driven.take(request(10, 50, id=3), beside_action=False)
    driven.take(request(10, 50, id=4, view="w"), beside_action=False)
    driven.wait(0.2)
    assert driven.out == {4: {}}, "of another page"
    driven.wait(20)
    assert driven.actions_of(2) == driven.actions_of(3) == [1]
    driven.take(custom(30_000, id=5), request(30_000, id=6, view="v"))
    driven.wait(0.2)
    assert 6 not in driven.out


def test_what_a_gesture_made_waits_for_its_click_whenever_it_happened() -> None:
    driven = Driven()
    driven.take(made_by("g", "selection", -15_000, id=2))
    driven.wait(10)
    driven.take(click(0, id=1, gesture="g"))
    driven.wait(20)
    assert driven.actions_of(2) == [1]


def test_what_is_decided_leaves_nothing_to_the_garbage_collector() -> None:
    """A cycle would keep all that a decision looked at until the collector comes, and give it work without end."""
    driven = Driven()
    gc.collect()
    gc.disable()
    try:
        for n in range(20):
            driven.take(
                click(3_000 * n, id=10 * n + 1), request(3_000 * n + 10, id=10 * n + 2), mutation(3_000 * n + 20)
            )
            driven.wait(3)
        driven.wait(4 * WAIT_S)
        assert len(driven.actions()) == 20
        assert gc.collect() == 0
    finally:
        gc.enable()
