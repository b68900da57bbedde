"""What a session learns of its views from each event (SPEC sections 2, 3 and 12)."""

from __future__ import annotations

import pytest

from otelrum.actions.event_class import EventClass
from otelrum.actions.inherit import Inheritance
from otelrum.actions.learning import MAX_SAMPLES, MAX_VIEWS, learn
from otelrum.actions.model import Event, SessionKey, Timing
from otelrum.actions.session import Session
from otelrum.actions.views import Views
from tests.actions.made import at, click, custom, document, event, kind_name, mutation, request, request_record, task


def session() -> Session:
    return Session(SessionKey("shop", "s"), Views())


def learned(*events: Event) -> Session:
    out = session()
    for one in events:
        learn(out, one, Inheritance([]), dict)
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
    known = learned(one)
    assert [(view.id, view.start_ns) for view in known.views] == [("v", at(5))]


@pytest.mark.parametrize("one", [task(5, 60), request_record(5, 1)], ids=["long task", "resource event"])
def test_what_is_reported_late_opens_no_view(one: Event) -> None:
    assert len(learned(one).views) == 0


def test_an_event_without_a_view_id_opens_none_but_a_document() -> None:
    assert len(learned(request(5, view=""), click(5, view="")).views) == 0
    assert len(learned(document(5, view="")).views) == 1


def test_an_earlier_event_of_a_known_view_opens_it_earlier() -> None:
    known = learned(request(500), request(100), request(900))
    assert [view.start_ns for view in known.views] == [at(100)]


def test_a_later_event_tells_the_view_s_tab() -> None:
    assert [view.tab for view in learned(request(5), request(9, tab="left")).views] == ["left"]


def test_mutations_are_remembered_by_view_and_without_one_by_session() -> None:
    known = learned(mutation(5), request(5, view="other"))
    assert {view.id: view.mutated for view in known.views} == {"v": True, "other": False}
    assert not known.views.mutated
    assert learned(mutation(5, view="")).views.mutated


def test_changes_of_route_are_remembered_and_copies_are_not() -> None:
    known = learned(*(event(EventClass.NAVIGATION, ms, is_record=True) for ms in (5, 9, 9, 5)))
    assert [view.navigations_ns for view in known.views] == [(at(5), at(9))]


def test_only_what_must_last_as_long_as_the_session_is_said_to() -> None:
    known, rules = session(), Inheritance(["usr.*"])

    def lasts(one: Event) -> bool:
        return learn(known, one, rules, lambda: {"usr.id": 7})

    assert lasts(document(100))
    assert not lasts(request(200)) and not lasts(click(300))
    assert lasts(mutation(400)) and not lasts(mutation(500))
    assert lasts(request(50)), "the view opened earlier than was known"
    assert not lasts(task(40, 60)) and not lasts(request_record(60, 1))


def test_a_session_that_never_ends_forgets_its_oldest_views() -> None:
    known = learned(*(request(ms, view=f"v{ms}") for ms in range(MAX_VIEWS + 40)))
    assert len(known.views) == MAX_VIEWS
    assert known.views.get("v0") is None and known.views.get(f"v{MAX_VIEWS + 39}") is not None


def test_a_page_that_asks_all_the_time_forgets_its_oldest_samples() -> None:
    known = learned(*(request_record(ms, ms - 1, 1) for ms in range(1, 3 * MAX_SAMPLES)))
    assert len(known.views.samples["v"]) <= MAX_SAMPLES
    assert known.views.samples["v"][-1][0] == at(3 * MAX_SAMPLES - 1)
    known = learned(*(request_record(ms, 0, view=f"v{ms}") for ms in range(2 * MAX_VIEWS)))
    assert len(known.views.samples) <= MAX_VIEWS


def test_a_view_that_changes_its_route_all_the_time_forgets_its_oldest_routes() -> None:
    known = learned(*(event(EventClass.NAVIGATION, ms, is_record=True) for ms in range(3 * MAX_VIEWS)))
    (view,) = known.views
    assert len(view.navigations_ns) == MAX_VIEWS and view.navigations_ns[-1] == at(3 * MAX_VIEWS - 1)


def test_a_navigation_timing_tells_where_its_document_began() -> None:
    timing = Timing(at(500), 10_000_000, 0)
    known = learned(document(100), event(EventClass.NAVIGATION_TIMING, 500, is_record=True, detail=timing))
    assert [view.origin_ns for view in known.views] == [at(90)]
