"""When the requests of log records ran, and which spans describe the same (SPEC section 12)."""

from __future__ import annotations

import pytest

from otelrum.actions.details import Timing
from otelrum.actions.event_class import EventClass
from otelrum.actions.inherit import Inheritance
from otelrum.actions.model import Event, SessionKey
from otelrum.actions.records import first_guess_ns, resolve_records
from otelrum.actions.session import Session
from otelrum.actions.settings import MS
from otelrum.actions.views import Views
from tests.actions.made import at, click, decided, document, error, event, request, request_record

NO_INHERITANCE = Inheritance([])


def navigation_timing(written_ms: float, fetch_start_ms: float, **fields: object) -> Event:
    timing = Timing(at(written_ms), round(fetch_start_ms * MS), 0)
    return event(EventClass.NAVIGATION_TIMING, written_ms, detail=timing, is_record=True, **fields)  # type: ignore[arg-type]


def error_record(at_ms: float, message: str = "") -> Event:
    return event(EventClass.ERROR, at_ms, faults=[(at_ms, message)], is_record=True)


def session(*events: Event) -> Session:
    """A session that has these events, and has found out what they say together."""
    out = Session(SessionKey("shop", "s"), Views())
    for one in events:
        out.views.update(one, NO_INHERITANCE.kept, dict)
        out.add(one)
    resolve_records(out, {})
    return out


def start_ms(one: Event) -> float:
    return (one.start_ns - at(0)) / MS


# ------------------------------------------------------------------ the page's time origin
def test_the_origin_is_the_document_s_start_less_its_fetch_start() -> None:
    record = request_record(written_ms=2_000, fetch_start_ms=700, duration_ms=40)
    session(document(1_010), navigation_timing(1_500, fetch_start_ms=10), record)
    assert (start_ms(record), record.end_ns - record.start_ns) == (1_700, 40 * MS)


def test_a_view_without_a_document_takes_the_origin_of_the_latest_one_before_it() -> None:
    record = request_record(2_000, 700, view="c", tab="left")
    session(
        document(1_000, view="a", tab="left"),
        navigation_timing(1_001, 0, view="a", tab="left"),
        document(1_300, view="b", tab="right"),
        navigation_timing(1_301, 0, view="b", tab="right"),
        event(EventClass.MUTATION, 1_500, view="c", tab="left"),
        record,
    )
    assert start_ms(record) == 1_700


def test_without_a_document_the_origin_is_the_smallest_that_the_page_s_requests_allow() -> None:
    early, late = request_record(2_050, 1_000, 45), request_record(2_900, 1_500, 45)
    session(early, late)
    assert (start_ms(early), start_ms(late)) == (2_005, 2_505), "origin 1005: written 5 ms and 355 ms after the ends"


def test_the_page_s_own_exports_say_of_the_origin_too() -> None:
    record = request_record(2_900, 1_500, 45)
    export = event(EventClass.OTHER, 1_501, is_record=True, detail=Timing(at(1_501), 400 * MS, 500 * MS))
    session(export, record)
    assert start_ms(record) == 2_501


def test_views_have_origins_of_their_own() -> None:
    one, other = request_record(2_050, 1_000, 50, view="a"), request_record(9_050, 1_000, 50, view="b")
    session(one, other)
    assert (start_ms(one), start_ms(other)) == (2_000, 9_000)


@pytest.mark.parametrize(("slept_ms", "expected_ms"), [(1_000, 1_700), (1_000.000001, 2_700.000001)])
def test_an_origin_more_than_a_second_off_shows_that_the_clock_was_set(slept_ms: float, expected_ms: float) -> None:
    record = request_record(1_750 + slept_ms, 700, 50)
    session(document(1_000), navigation_timing(1_001, 0), record)
    assert start_ms(record) == pytest.approx(expected_ms, abs=1e-6)


@pytest.mark.parametrize(("distance_ms", "is_near"), [(60_000, True), (60_000.000001, False)])
def test_what_was_written_within_60_s_says_whether_the_clock_was_set(distance_ms: float, is_near: bool) -> None:
    # The clock was set 5 s ahead before `far` was written; `near` allows an origin of 1000 still.
    near = request_record(2_000, 950, 50)
    far = request_record(2_000 + distance_ms, 950 + distance_ms - 5_000, 50)
    session(document(1_000), navigation_timing(1_001, 0), near, far)
    assert start_ms(far) == pytest.approx(950 + distance_ms - 5_000 + (1_000 if is_near else 6_000), abs=1e-6)


def test_a_first_guess_needs_no_more_than_the_record_itself() -> None:
    known = Session(SessionKey("shop", "s"), Views())
    assert first_guess_ns(known, "v", Timing(at(2_000), 700 * MS, 750 * MS)) == at(1_950)
    known.views.update(document(1_000), NO_INHERITANCE.kept, dict)
    known.views.update(navigation_timing(1_001, 0), NO_INHERITANCE.kept, dict)
    assert first_guess_ns(known, "v", Timing(at(2_000), 700 * MS, 750 * MS)) == at(1_700)


# ------------------------------------------------------------------ seen twice
ORIGIN = (document(0), navigation_timing(1, 0))


def counterparts(*events: Event) -> list[tuple[object, object]]:
    """Pairs of spans and records, as their numbers."""
    found = session(*ORIGIN, *events).timeline()
    return sorted((one.counterpart.payload, one.payload) for one in found if one.is_record and one.counterpart)


@pytest.mark.parametrize(("distance_ms", "expected"), [(50, [(1, 2)]), (-50, [(1, 2)]), (50.000001, []), (0, [(1, 2)])])
def test_a_span_and_a_record_of_one_url_within_50_ms_are_one_request(
    distance_ms: float, expected: list[tuple[object, object]]
) -> None:
    span, record = request(100, url="/a", id=1), request_record(500, 100 + distance_ms, url="/a", id=2)
    assert counterparts(span, record) == expected


def test_requests_of_other_urls_and_without_any_are_no_counterparts() -> None:
    assert counterparts(request(100, url="/a"), request_record(500, 100, url="/b")) == []
    assert counterparts(request(100), request_record(500, 100)) == []


def test_pairs_are_made_nearest_first_and_each_is_in_one() -> None:
    spans = request(100, url="/a", id=1), request(140, url="/a", id=2)
    records = request_record(500, 130, url="/a", id=3), request_record(500, 135, url="/a", id=4)
    assert counterparts(*spans, *records) == [(1, 3), (2, 4)]
    assert counterparts(request(100, url="/a", id=1), *records) == [(1, 3)]


def test_a_pair_of_which_one_has_gone_out_stays() -> None:
    span, record = request(100, url="/a", id=1), request_record(500, 130, url="/a", id=2)
    known = session(*ORIGIN, span, record)
    span.released_ns = 1
    nearer = request(131, url="/a", id=3)
    known.add(nearer)
    resolve_records(known, {})
    assert record.counterpart is span and nearer.counterpart is None


def test_a_pair_of_which_none_has_gone_out_is_made_anew() -> None:
    span, record = request(100, url="/a", id=1), request_record(500, 130, url="/a", id=2)
    known = session(*ORIGIN, span, record)
    nearer = request(131, url="/a", id=3)
    known.add(nearer)
    resolve_records(known, {})
    assert record.counterpart is nearer and span.counterpart is None


@pytest.mark.parametrize(
    ("span_message", "record_message", "distance_ms", "is_one"),
    [
        ("boom", "boom", 50, True),
        ("boom", "boom", -50, True),
        ("boom", "boom", 51, False),
        ("boom", "bang", 0, False),
        ("boom", "", 10, True),
        ("", "boom", 10, True),
        ("", "", 10, True),
    ],
)
def test_an_error_that_is_seen_twice_is_one_at_the_span_event_s_time(
    span_message: str, record_message: str, distance_ms: float, is_one: bool
) -> None:
    span, record = error(100, span_message, id=1), error_record(100 + distance_ms, record_message)
    session(span, record)
    assert (record.counterpart is span) is is_one
    assert [fault.time_ns for fault in record.faults] == [at(100 if is_one else 100 + distance_ms)]


def test_errors_with_one_message_find_together_before_those_without() -> None:
    span, nearer, same = error(100, "boom", id=1), error_record(101, ""), error_record(120, "boom")
    session(span, nearer, same)
    assert same.counterpart is span and nearer.counterpart is None


def test_each_error_event_of_a_span_has_a_counterpart_of_its_own() -> None:
    span = event(EventClass.DESCENDANT, 0, 500, faults=[(100, "a"), (130, "a")])
    first, second, third = error_record(101, "a"), error_record(131, "a"), error_record(140, "a")
    session(span, first, second, third)
    assert (first.counterpart, second.counterpart, third.counterpart) == (span, span, None)
    assert [one.faults[0].time_ns for one in (first, second)] == [at(100), at(130)]


def test_an_error_event_whose_record_has_gone_out_takes_no_other() -> None:
    span, first = error(100, "a"), error_record(101, "a")
    known = session(span, first)
    first.released_ns = 1
    second = error_record(102, "a")
    known.add(second)
    resolve_records(known, {})
    assert first.counterpart is span and second.counterpart is None


def test_a_resource_event_that_names_a_request_s_span_is_that_span_s_whatever_its_address_and_time() -> None:
    span = request(5, 200, id=2, url="https://x/old")
    record = request_record(400, 85, 100, parent=2, id=3, url="https://x/new")
    driven = decided(click(0, id=1), span, record)
    assert driven.out[1]["action.resource.count"] == 1
    assert driven.actions_of(2) == driven.actions_of(3) == [1]
