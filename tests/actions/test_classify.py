"""What a span or a record is (SPEC sections 2 and 12)."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from otelrum.actions.classify import Classifier, url_of
from otelrum.actions.model import Kind

LOAD = "@opentelemetry/instrumentation-document-load"
LONG_TASK = "@opentelemetry/instrumentation-long-task"
CLICK = {"event_type": "click", "target_xpath": "//button"}
URL = "http://shop.example/cart"


def classifier(
    types: Sequence[str] = ("click",),
    ignore_urls: Sequence[str] = (),
    excluded: Sequence[str] = (),
) -> Classifier:
    return Classifier(frozenset(types), False, ignore_urls, excluded)


def span_kind(
    scope: str = "page",
    name: str = "work",
    attributes: dict[str, object] | None = None,
    is_client: bool = False,
    has_parent: bool = False,
    has_errors: bool = False,
    rules: Classifier | None = None,
) -> Kind:
    return (rules or classifier()).span_kind(scope, name, is_client, attributes or {}, has_parent, has_errors)


@pytest.mark.parametrize(
    ("attributes", "kind"),
    [
        (CLICK, Kind.INTERACTION),
        ({"event_type": "click", "target_element": "BUTTON"}, Kind.INTERACTION),
        ({"event_type": "click"}, Kind.OTHER),
        ({"event_type": "keydown", "target_xpath": "//input"}, Kind.OTHER),
        ({"event_type": 1, "target_xpath": "//button"}, Kind.OTHER),
        ({"event_type": "click", "target_xpath": 1}, Kind.OTHER),
        ({**CLICK, "action.type": "custom"}, Kind.CUSTOM),
        ({"action.type": "click"}, Kind.OTHER),
        ({"longtask.duration": 70}, Kind.LONG_TASK),
        ({"longtask.duration": 70.5}, Kind.LONG_TASK),
        ({"longtask.duration": "70"}, Kind.OTHER),
        ({"longtask.duration": True}, Kind.OTHER),
    ],
    ids=str,
)
def test_attributes_tell_what_a_span_is(attributes: dict[str, object], kind: Kind) -> None:
    assert span_kind(attributes=attributes) is kind


def test_a_click_may_be_named_as_the_route_that_it_opens() -> None:
    assert span_kind(name="Navigation: /cart", attributes=CLICK) is Kind.INTERACTION


@pytest.mark.parametrize(
    ("scope", "name", "kind"),
    [
        (LONG_TASK, "longtask", Kind.LONG_TASK),
        (LOAD, "resourceFetch", Kind.RESOURCE),
        ("page", "resourceFetch", Kind.OTHER),
        (LOAD, "documentLoad", Kind.DOCUMENT),
        (LOAD, "documentFetch", Kind.OTHER),
        ("page", "dom.mutation", Kind.MUTATION),
        ("page", "work", Kind.OTHER),
    ],
)
def test_scope_and_name_tell_what_a_span_is(scope: str, name: str, kind: Kind) -> None:
    assert span_kind(scope, name) is kind


def test_a_span_of_kind_client_is_a_request() -> None:
    assert span_kind(is_client=True, attributes={"url.full": URL}) is Kind.RESOURCE


def test_another_span_is_held_where_it_has_a_parent_or_an_error() -> None:
    assert span_kind(has_parent=True) is Kind.DESCENDANT
    assert span_kind(has_parent=True, has_errors=True) is Kind.DESCENDANT
    assert span_kind(has_errors=True) is Kind.ERROR
    assert span_kind(LOAD, "documentFetch", has_parent=True) is Kind.OTHER


def test_what_has_an_action_already_starts_none() -> None:
    assert span_kind(attributes={**CLICK, "action.id": "x"}) is Kind.OTHER
    assert span_kind(is_client=True, attributes={"action.id": "x"}) is Kind.OTHER


def test_no_event_types_switch_automatic_actions_off() -> None:
    rules = classifier(types=())
    assert span_kind(attributes=CLICK, rules=rules) is Kind.OTHER
    assert rules.record_kind("browser.user_action.click", {}, False) is Kind.OTHER
    assert span_kind(attributes={"action.type": "custom"}, rules=rules) is Kind.CUSTOM


@pytest.mark.parametrize(
    ("url", "is_export"),
    [
        ("http://collector:4318/v1/traces", True),
        ("/v1/logs", True),
        ("https://shop.example/otel/v1/metrics/?key=1", True),
        ("http://collector/v1/traces#x", True),
        ("http://collector/v1/traces/7", False),
        ("http://shop.example/?to=/v1/traces", False),
        ("http://shop.example/v1/orders", False),
        ("", False),
    ],
)
def test_the_page_s_own_exports_are_no_requests(url: str, is_export: bool) -> None:
    kind = span_kind(is_client=True, attributes={"http.url": url})
    assert kind is (Kind.OTHER if is_export else Kind.RESOURCE)


def test_urls_that_are_ignored_are_no_requests_and_excluded_ones_keep_nobody_busy() -> None:
    rules = classifier(ignore_urls=["beacon", r"\.map$"], excluded=["/poll"])
    assert span_kind(is_client=True, attributes={"url.full": "http://x/beacon?a"}, rules=rules) is Kind.OTHER
    assert span_kind(is_client=True, attributes={"url.full": "http://x/a.map"}, rules=rules) is Kind.OTHER
    poll = "http://x/poll/7"
    assert span_kind(is_client=True, attributes={"url.full": poll}, rules=rules) is Kind.RESOURCE
    assert not rules.keeps_busy(poll)
    assert rules.keeps_busy(URL) and rules.keeps_busy("")


def test_the_url_is_the_newer_attribute_s_where_both_are_there() -> None:
    assert url_of({"url.full": "new", "http.url": "old"}) == "new"
    assert url_of({"url.full": 7, "http.url": "old"}) == "old"
    assert url_of({}) == ""


@pytest.mark.parametrize(
    ("is_error", "attributes", "failed"),
    [
        (True, {}, True),
        (False, {"http.response.status_code": 500}, True),
        (False, {"http.status_code": 503}, True),
        (False, {"http.response.status_code": 499}, False),
        (False, {"http.response.status_code": "500"}, False),
        (False, {"http.response.status_code": 200, "http.status_code": 500}, False),
        (False, {"http.status_code": True}, False),
    ],
    ids=str,
)
def test_a_request_failed_by_its_status(is_error: bool, attributes: dict[str, object], failed: bool) -> None:
    assert classifier().has_network_error(is_error, attributes) is failed


def test_errors_count_on_what_is_an_event_of_the_page_and_on_the_document() -> None:
    rules = classifier()
    assert rules.tells_errors(Kind.RESOURCE, "GET")
    assert rules.tells_errors(Kind.OTHER, "documentFetch")
    assert not rules.tells_errors(Kind.OTHER, "POST /v1/traces")


@pytest.mark.parametrize(
    ("name", "facts", "has_timing", "kind"),
    [
        ("browser.user_action.click", {}, False, Kind.INTERACTION),
        ("browser.resource_timing", {"url.full": URL}, True, Kind.RESOURCE),
        ("browser.resource_timing", {"url.full": URL}, False, Kind.OTHER),
        ("browser.resource_timing", {"url.full": "http://c/v1/traces"}, True, Kind.OTHER),
        ("browser.navigation_timing", {}, True, Kind.NAVIGATION_TIMING),
        ("browser.navigation_timing", {}, False, Kind.OTHER),
        ("browser.navigation", {"browser.navigation.same_document": True}, False, Kind.NAVIGATION),
        ("browser.navigation", {"browser.navigation.same_document": False}, False, Kind.OTHER),
        ("browser.navigation", {"browser.navigation.same_document": "true"}, False, Kind.OTHER),
        ("exception", {}, False, Kind.ERROR),
        ("exception", {"action.id": "x"}, False, Kind.OTHER),
        ("anything", {"action.type": "custom"}, False, Kind.CUSTOM),
        ("browser.web_vital", {}, False, Kind.OTHER),
        ("", {}, False, Kind.OTHER),
    ],
    ids=str,
)
def test_a_record_is_what_its_event_name_says(
    name: str, facts: dict[str, object], has_timing: bool, kind: Kind
) -> None:
    assert classifier().record_kind(name, facts, has_timing) is kind
