"""A request that is reported twice, by a span and its child (SPEC section 2)."""

from __future__ import annotations

import pytest

from otelrum.actions.model import Event
from tests.actions.made import Driven, click, decided, request

URL = "https://x/api"


def reported_twice(**child: object) -> tuple[Event, ...]:
    """A click, a request and the same one reported by a child."""
    facts = {"url": URL, "method": "GET", **child}
    return click(0, id=1), request(5, 200, id=2, url=URL, method="GET"), request(6, 300, id=3, parent=2, **facts)


def test_the_second_report_is_a_member_and_nothing_else() -> None:
    driven = decided(*reported_twice(faults=[(20, "")]))
    out = driven.out[1]
    assert (out["action.resource.count"], out["action.error.count"]) == (1, 0)
    assert out["action.loading_time"] == 205_000_000, "it keeps nobody busy"
    assert driven.actions_of(3) == [1]


@pytest.mark.parametrize("other", [{"url": URL + "/b"}, {"method": "POST"}], ids=str)
def test_another_url_or_method_is_another_request(other: dict[str, object]) -> None:
    out = decided(*reported_twice(**other)).out[1]
    assert (out["action.resource.count"], out["action.loading_time"]) == (2, 306_000_000)


def test_without_a_url_nothing_says_that_they_are_the_same() -> None:
    driven = decided(click(0, id=1), request(5, 200, id=2), request(6, 300, id=3, parent=2))
    assert driven.out[1]["action.resource.count"] == 2


def test_it_is_known_also_where_the_child_comes_first_and_comes_again() -> None:
    driven = Driven()
    one, parent, child = reported_twice()
    driven.take(one, child, parent)
    driven.take(reported_twice()[2])
    driven.drain()
    assert driven.out[1]["action.resource.count"] == 1 and driven.times.count(3) == 2


def test_a_third_report_is_one_of_the_same() -> None:
    third = request(7, 400, id=4, parent=3, url=URL, method="GET")
    out = decided(*reported_twice(), third).out[1]
    assert (out["action.resource.count"], out["action.loading_time"]) == (1, 205_000_000)
