"""The views of a session: when each opened, which was open when, which ends which (SPEC sections 2, 3 and 5)."""

from __future__ import annotations

import pytest

from otelrum.actions.views import View, Views

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


def test_a_view_that_turns_out_to_be_earlier_takes_its_place() -> None:
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


def test_a_view_is_fed_by_its_document_else_by_its_earliest_event() -> None:
    view = View("a", 5, "")
    assert view.wants(7, is_document=False)
    view.fed_by_ns = 7
    assert not view.wants(7, is_document=False) and not view.wants(8, is_document=False)
    assert view.wants(6, is_document=False)
    assert view.wants(9, is_document=True)
    view.document_ns = view.fed_by_ns = 9
    assert not view.wants(1, is_document=False)
    assert view.wants(8, is_document=True) and not view.wants(10, is_document=True)


def test_the_time_origin_is_known_when_document_and_timing_are() -> None:
    view = View("a", 5, "")
    view.document_ns = 1000
    assert view.origin_ns is None
    view.timing_fetch_start_ns = 30
    assert view.origin_ns == 970


def test_the_oldest_views_are_forgotten() -> None:
    known = views(("a", 1, ""), ("b", 5, ""), ("c", 3, ""))
    known.document(2 * S, "")
    known.forget_oldest(2)
    assert sorted(view.id for view in known) == ["b", "c"]
    assert len(known) == 2 and known.get("a") is None
    assert known.open_at(2 * S) is None
