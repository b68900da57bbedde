"""The views of a session: when each opened, which was open when, which ends which (SPEC sections 2, 3 and 5)."""

from __future__ import annotations

import pytest

from otelrum.actions.details import Timing
from otelrum.actions.event_class import EventClass
from otelrum.actions.inherit import Inheritance
from otelrum.actions.model import Event
from otelrum.actions.view import View
from otelrum.actions.views import MAX_SAMPLES, MAX_VIEWS, Views
from tests.actions.made import (
    at,
    click,
    custom,
    document,
    event,
    frame,
    inp,
    kind_name,
    mutation,
    request,
    request_record,
    task,
)

S = 10**9


def views(*opened: tuple[str, int, str]) -> Views:
    """Views by id, opening in s and tab."""
    out = Views()
    for id, start_s, tab in opened:
        out.opened(id, start_s * S, tab)
    return out


def id_of(view: View | None) -> str | None:
    return view.id if view else None


def test_a_view_opens_at_the_earliest_time_that_it_was_seen() -> None:
    known = views(("a", 5, ""), ("a", 3, ""), ("a", 9, ""))
    assert [(view.id, view.start_ns) for view in known] == [("a", 3 * S)]


def test_a_view_learns_its_tab_once() -> None:
    known = views(("a", 5, ""), ("a", 6, "left"), ("a", 7, "right"))
    assert [view.tab for view in known] == ["left"]


def test_the_latest_view_that_had_opened_was_open() -> None:
    known = views(("a", 1, ""), ("b", 5, ""))
    assert [id_of(known.open_at(time * S)) for time in (0, 1, 4, 5, 9)] == [None, "a", "a", "b", "b"]


def test_a_view_found_to_be_earlier_takes_its_place() -> None:
    known = views(("a", 1, ""), ("b", 5, ""))
    assert id_of(known.open_at(3 * S)) == "a"
    known.opened("b", 2 * S, "")
    assert id_of(known.open_at(3 * S)) == "b"


def test_where_tabs_are_known_the_view_of_this_tab_was_open() -> None:
    known = views(("a", 1, "left"), ("b", 2, "right"), ("c", 3, ""))
    assert id_of(known.open_at(9 * S, "left")) == "c", "it has no tab: it may be this one"
    assert id_of(views(("a", 1, "left"), ("b", 2, "right")).open_at(9 * S, "left")) == "a"


def test_a_document_without_a_view_id_is_no_page_and_ends_the_one_before() -> None:
    known = Views()
    known.document(1 * S, "")
    known.document(5 * S, "")
    known.document(5 * S, "")
    assert len(known) == 2 and known.open_at(9 * S) is None
    assert known.end_after(2 * S, "", "", lambda: 2 * S) == 5 * S


def test_the_latest_document_is_found_among_views_that_have_none() -> None:
    known = views(("a", 1, ""), ("b", 5, ""))
    known.opened("a", 1 * S, "").document_ns = 1 * S
    assert id_of(known.document_at(9 * S)) == "a"
    assert known.document_at(0) is None


@pytest.mark.parametrize(
    ("t0_s", "own", "expected_s"),
    [(2, "a", 5), (5, "a", 8), (5, "b", 8), (8, "c", None), (0, "", 1)],
)
def test_the_next_view_ends_the_one_before_and_one_that_was_open_at_t0_does_not(
    t0_s: int, own: str, expected_s: int | None
) -> None:
    known = views(("a", 1, ""), ("b", 5, ""), ("c", 8, ""))
    end = known.end_after(t0_s * S, own, "", lambda: 0)
    assert end == (None if expected_s is None else expected_s * S)


def test_a_view_is_not_ended_by_itself() -> None:
    assert views(("a", 5, "")).end_after(2 * S, "a", "", lambda: 0) is None


def test_where_both_carry_a_tab_only_one_of_the_same_tab_ends_it() -> None:
    known = views(("a", 1, "left"), ("b", 5, "right"), ("c", 8, "left"))
    assert known.end_after(2 * S, "a", "left", lambda: 99 * S) == 8 * S, "whatever its later life"


@pytest.mark.parametrize(("life_ns", "expected_s"), [(6 * S, 5), (6 * S + 1, 8), (9 * S + 1, None)])
def test_without_tabs_a_life_more_than_a_second_later_shows_another_tab(life_ns: int, expected_s: int | None) -> None:
    known = views(("a", 1, "left"), ("b", 5, ""), ("c", 8, ""))
    end = known.end_after(2 * S, "a", "left", lambda: life_ns)
    assert end == (None if expected_s is None else expected_s * S)


def test_the_oldest_views_are_dropped() -> None:
    known = views(("a", 1, ""), ("b", 5, ""), ("c", 3, ""))
    known.document(2 * S, "")
    known.evict_oldest(2)
    assert sorted(view.id for view in known) == ["b", "c"]
    assert len(known) == 2 and known.get("a") is None
    assert known.open_at(2 * S) is None


# ------------------------------------------------------------------ what an event changes
def updated(*events: Event) -> Views:
    out = Views()
    for one in events:
        out.update(one, Inheritance([]).kept, dict)
    return out


@pytest.mark.parametrize(
    "one",
    [
        click(5),
        custom(5),
        request(5),
        mutation(5),
        document(5),
        event(EventClass.OTHER, 5),
        event(EventClass.NAVIGATION, 5),
    ],
    ids=lambda one: kind_name(one),
)
def test_an_event_with_a_new_view_id_opens_the_view(one: Event) -> None:
    known = updated(one)
    assert [(view.id, view.start_ns) for view in known] == [("v", at(5))]


@pytest.mark.parametrize("one", [task(5, 60), request_record(5, 1)], ids=["long task", "resource event"])
def test_what_is_reported_late_opens_no_view(one: Event) -> None:
    assert len(updated(one)) == 0


def test_an_event_without_a_view_id_opens_none_but_a_document() -> None:
    assert len(updated(request(5, view=""), click(5, view=""))) == 0
    assert len(updated(document(5, view=""))) == 1


def test_an_earlier_event_of_a_known_view_opens_it_earlier() -> None:
    known = updated(request(500), request(100), request(900))
    assert [view.start_ns for view in known] == [at(100)]


def test_a_later_event_says_the_view_s_tab() -> None:
    assert [view.tab for view in updated(request(5), request(9, tab="left"))] == ["left"]


def test_mutations_are_remembered_by_view_and_without_one_by_session() -> None:
    known = updated(mutation(5), request(5, view="other"))
    assert {view.id: view.mutated for view in known} == {"v": True, "other": False}
    assert not known.mutated
    assert updated(mutation(5, view="")).mutated


def test_changes_of_route_are_remembered_and_copies_are_not() -> None:
    known = updated(*(event(EventClass.NAVIGATION, ms, is_record=True) for ms in (5, 9, 9, 5)))
    assert [[n.time_ns for n in view.navigations] for view in known] == [[at(5), at(9)]]


def test_only_what_must_last_as_long_as_the_session_is_said_to() -> None:
    known, rules = Views(), Inheritance(["usr.*"])

    def is_durable(one: Event) -> bool:
        return known.update(one, rules.kept, lambda: {"usr.id": 7})

    assert is_durable(document(100))
    assert not is_durable(request(200)) and not is_durable(click(300))
    assert is_durable(mutation(400)) and not is_durable(mutation(500))
    assert is_durable(request(50)), "the view opened earlier than was known"
    assert not is_durable(task(40, 60)) and not is_durable(request_record(60, 1))


def test_a_session_that_never_ends_drops_its_oldest_views() -> None:
    known = updated(*(request(ms, view=f"v{ms}") for ms in range(MAX_VIEWS + 40)))
    assert len(known) == MAX_VIEWS
    assert known.get("v0") is None and known.get(f"v{MAX_VIEWS + 39}") is not None


def test_a_page_that_asks_all_the_time_drops_its_oldest_samples() -> None:
    known = updated(*(request_record(ms, ms - 1, 1) for ms in range(1, 3 * MAX_SAMPLES)))
    assert len((known.samples or {})["v"]) <= MAX_SAMPLES
    assert (known.samples or {})["v"][-1][0] == at(3 * MAX_SAMPLES - 1)
    known = updated(*(request_record(ms, 0, view=f"v{ms}") for ms in range(2 * MAX_VIEWS)))
    assert len(known.samples or {}) <= MAX_VIEWS


def test_a_view_that_changes_its_route_all_the_time_drops_its_oldest_routes() -> None:
    known = updated(*(event(EventClass.NAVIGATION, ms, is_record=True) for ms in range(3 * MAX_VIEWS)))
    (view,) = known
    assert len(view.navigations) == MAX_VIEWS and view.navigations[-1].time_ns == at(3 * MAX_VIEWS - 1)


def test_a_navigation_timing_says_where_its_document_began() -> None:
    timing = Timing(at(500), 10_000_000, 0)
    known = updated(document(100), event(EventClass.NAVIGATION_TIMING, 500, is_record=True, detail=timing))
    assert [view.origin_ns for view in known] == [at(90)]


# ------------------------------------------------------------------ addresses
def test_without_view_ids_each_route_is_a_view_of_its_tab() -> None:
    known = updated(
        request(5, view="", route="/list"),
        request(9, view="", route="/cart"),
        request(20, view="", route="/list"),
        request(30, view="", route="/list", tab="right"),
    )
    assert [view.start_ns for view in known] == [at(5), at(9), at(30)], "who comes back is back in the first"


def test_a_session_that_sends_view_ids_after_all_has_no_views_by_address() -> None:
    known = updated(request(5, view="", route="/list"), request(9))
    assert [view.id for view in known] == ["v"]
    later = request(20, view="", route="/cart")
    assert not known.update(later, Inheritance([]).kept, dict) and known.id_of(later) == ""


def test_web_vitals_and_frames_open_no_view() -> None:
    late = (inp(5), event(EventClass.WEB_VITAL, 5, is_record=True), frame(5, 60))
    assert len(updated(*late)) == 0


def test_the_first_frame_is_reported_to_whoever_keeps_what_duration() -> None:
    known = Views()
    assert known.update(frame(5, 60), Inheritance([]).kept, dict) and known.reports_frames
    assert not known.update(frame(90, 60), Inheritance([]).kept, dict)


def test_a_record_s_own_address_is_that_before_its_first_navigation() -> None:
    known = Views()
    for ms, url, before in ((5, "https://x/b", "https://x/a"), (9, "https://x/b?q", ""), (20, "https://x/a", "")):
        one = event(EventClass.NAVIGATION, ms, is_record=True)
        one.url = url
        known.update(one, Inheritance([]).kept, lambda before=before: {"view.url": before})  # type: ignore[misc]
    (view,) = known
    assert view.route_changes() == [at(5), at(20)]


def test_a_record_s_own_address_counts_more_than_that_of_the_view() -> None:
    known = Views()
    known.update(document(0), Inheritance([]).kept, lambda: {"view.url": "https://x/z"})
    one = event(EventClass.NAVIGATION, 5, is_record=True)
    one.url = "https://x/a?q"
    known.update(one, Inheritance([]).kept, lambda: {"view.url": "https://x/a"})
    (view,) = known
    assert view.route_changes() == []
