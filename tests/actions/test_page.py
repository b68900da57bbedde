"""The events of a page are found by time as a look at each of them would find them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from otelrum.actions.event_class import EventClass
from otelrum.actions.model import Event
from otelrum.actions.page import Page
from tests.actions.made import at, click, error, event, image, mutation, request, request_record, task

moments = st.integers(0, 60)
tasks = st.lists(st.tuples(moments, st.integers(0, 30)), max_size=10)


def page(*events: Event) -> Page:
    return Page(sorted(events, key=lambda one: one.start_ns))


@given(tasks, moments, st.integers(0, 30))
def test_long_tasks_are_those_that_overlap(drawn: list[tuple[int, int]], from_ms: int, length_ms: int) -> None:
    made = [task(start, length) for start, length in drawn]
    to_ms = from_ms + length_ms
    expected = {one for one in made if one.start_ns <= at(to_ms) and one.end_ns >= at(from_ms)}
    found = list(page(*made).tasks_over(at(from_ms), at(to_ms)))
    assert set(found) == expected and len(found) == len(expected)
    assert page(*made).count_tasks_over(at(from_ms), at(to_ms)) == len(expected)


@given(st.lists(moments, max_size=10), moments, st.integers(0, 30))
def test_events_are_found_by_their_start(starts: list[int], from_ms: int, length_ms: int) -> None:
    made = [mutation(start, 5) for start in starts]
    found = page(*made).started(at(from_ms), at(from_ms + length_ms))
    assert {one.payload for one in found} == {
        one.payload for one in made if at(from_ms) <= one.start_ns <= at(from_ms + length_ms)
    }


def test_errors_are_found_by_their_own_time() -> None:
    early, twice = error(10), event(EventClass.DESCENDANT, 0, 90, faults=[(50, "a"), (60, "b"), (90, "c")])
    known = page(early, twice)
    assert list(known.faulty(at(10), at(10))) == [early]
    assert list(known.faulty(at(50), at(60))) == [twice, twice]
    assert list(known.faulty(at(11), at(49))) == []


def test_activity_is_of_resources_and_mutations_alone() -> None:
    active = [request(0), image(1), mutation(2)]
    assert page(*active, click(3), task(4, 60), error(5)).active == active


def test_a_page_s_life_is_its_latest_interaction_resource_span_or_mutation() -> None:
    assert page(click(3)).latest_life_ns == at(3)
    assert page(click(3), request(7), image(20), task(30, 60), error(40)).latest_life_ns == at(20)
    assert page(click(3), mutation(9)).latest_life_ns == at(9)
    assert page(request_record(50, 20), error(40)).latest_life_ns < 0


def test_overlapping_long_tasks_block_the_browser_as_one() -> None:
    assert page(task(0, 60), task(50, 60), task(200, 60)).blocked == [(at(0), at(110)), (at(200), at(260))]
