"""One view: what feeds it, and how its address changed (SPEC sections 3, 10 and 12)."""

from __future__ import annotations

import pytest

from otelrum.actions.view import MAX_NAVIGATIONS, Navigation, View


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


def view_of(*navigations: Navigation, url: str = "") -> View:
    view = View("a", 0, "")
    view.attributes = {"view.url": url} if url else {}
    for one in navigations:
        view.navigated(one)
    return view


def test_a_change_of_address_is_known_once_and_in_order_of_time() -> None:
    later, sooner = Navigation(9, "/b", ""), Navigation(5, "/a", "")
    assert view_of(later, sooner, later).navigations == (sooner, later)


def test_of_very_many_changes_the_oldest_are_dropped() -> None:
    view = view_of(*(Navigation(n, f"/{n}", "") for n in range(MAX_NAVIGATIONS + 3)))
    assert [one.time_ns for one in view.navigations] == list(range(3, MAX_NAVIGATIONS + 3))


@pytest.mark.parametrize(
    ("url", "before", "is_change"),
    [("https://shop/a", "", False), ("https://shop/b", "", True), ("", "", True), ("https://shop/b", "/a", False)],
)
def test_a_new_address_is_another_view_where_its_route_differs_from_that_before(
    url: str, before: str, is_change: bool
) -> None:
    """The record's own address before it counts more than the view's; where neither is known it is a change."""
    assert list(view_of(Navigation(5, "/a", before), url=url).route_changes()) == ([5] if is_change else [])


def test_each_address_is_compared_with_the_one_before_it() -> None:
    view = view_of(Navigation(5, "/b", ""), Navigation(7, "/b", ""), Navigation(9, "/a", ""), url="https://shop/a")
    assert list(view.route_changes()) == [5, 9]
