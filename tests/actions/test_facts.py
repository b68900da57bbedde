"""What has the wrong type counts as missing, and the next name is asked (SPEC sections 2 and 3)."""

from __future__ import annotations

import math

import pytest

from otelrum.actions.facts import is_browser, number, path_of, route_of, text, url_of, whole


@pytest.mark.parametrize("wrong", ["", None, 7, True, ["a"], {"a": "b"}])
def test_a_text_is_the_first_that_is_one_and_not_empty(wrong: object) -> None:
    assert text({"a": wrong, "b": "found"}, "a", "b") == "found"
    assert text({"a": wrong}, "a", "b") == ""


@pytest.mark.parametrize("wrong", ["500", 500.0, True, None])
def test_a_whole_number_is_an_int_and_no_bool(wrong: object) -> None:
    assert whole({"a": wrong, "b": 200}, "a", "b") == 200
    assert whole({"a": wrong}, "a") is None


@pytest.mark.parametrize(("value", "expected"), [(12, 12.0), (12.5, 12.5), (-1, -1.0)])
def test_a_number_may_come_as_int_or_double(value: object, expected: float) -> None:
    assert number({"a": value}, "a") == expected


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf, "12", False, None])
def test_what_is_not_finite_or_no_number_is_none(wrong: object) -> None:
    assert number({"a": wrong}, "a") is None


def test_the_newer_name_of_a_url_comes_first() -> None:
    assert url_of({"http.url": "/old", "url.full": "/new"}) == "/new"
    assert url_of({"http.url": "/old", "url.full": 7}) == "/old"


@pytest.mark.parametrize(
    ("url", "path", "route"),
    [
        ("https://shop.example/cart?x=1#top", "/cart", "/cart"),
        ("https://shop.example/#/cart?x=1", "/", "/#/cart"),
        ("https://shop.example/a#!b?c", "/a", "/a#!b"),
        ("//shop.example/a", "/a", "/a"),
        ("/a/b", "/a/b", "/a/b"),
        ("data:image/png;base64,AA", "image/png;base64,AA", "image/png;base64,AA"),
        ("", "", ""),
    ],
)
def test_a_hash_is_part_of_a_route_only_where_it_begins_as_one(url: str, path: str, route: str) -> None:
    assert (path_of(url), route_of(url)) == (path, route)


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ({"telemetry.sdk.language": "webjs"}, True),
        ({"browser.language": "en"}, True),
        ({"telemetry.sdk.language": "go", "browser": "x"}, False),
        ({}, False),
    ],
)
def test_a_resource_is_a_browser_s_by_its_language_or_any_attribute_of_browsers(
    resource: dict[str, object], expected: bool
) -> None:
    assert is_browser(resource) is expected
