"""What a span or a record is (SPEC sections 2 and 12)."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from otelrum.actions.classify import Classifier, url_of
from otelrum.actions.event_class import EventClass

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
) -> EventClass:
    return (rules or classifier()).span_kind(scope, name, is_client, attributes or {}, has_parent, has_errors)


@pytest.mark.parametrize(
    ("attributes", "kind"),
    [
        (CLICK, EventClass.INTERACTION),
        ({"event_type": "click", "target_element": "BUTTON"}, EventClass.INTERACTION),
        ({"event_type": "click"}, EventClass.OTHER),
        ({"event_type": "keydown", "target_xpath": "//input"}, EventClass.OTHER),
        ({"event_type": 1, "target_xpath": "//button"}, EventClass.OTHER),
        ({"event_type": "click", "target_xpath": 1}, EventClass.OTHER),
        ({**CLICK, "action.type": "custom"}, EventClass.CUSTOM),
        ({"action.type": "click"}, EventClass.OTHER),
        ({"longtask.duration": 70}, EventClass.LONG_TASK),
        ({"longtask.duration": 70.5}, EventClass.LONG_TASK),
        ({"longtask.duration": "70"}, EventClass.OTHER),
        ({"longtask.duration": True}, EventClass.OTHER),
    ],
    ids=str,
)
def test_attributes_tell_what_a_span_is(attributes: dict[str, object], kind: EventClass) -> None:
    assert span_kind(attributes=attributes) is kind


def test_a_click_may_be_named_as_the_route_that_it_opens() -> None:
    assert span_kind(name="Navigation: /cart", attributes=CLICK) is EventClass.INTERACTION


@pytest.mark.parametrize(
    ("scope", "name", "kind"),
    [
        (LONG_TASK, "longtask", EventClass.LONG_TASK),
        (LOAD, "resourceFetch", EventClass.RESOURCE),
        ("page", "resourceFetch", EventClass.OTHER),
        (LOAD, "documentLoad", EventClass.DOCUMENT),
        (LOAD, "documentFetch", EventClass.OTHER),
        ("page", "dom.mutation", EventClass.MUTATION),
        ("page", "work", EventClass.OTHER),
    ],
)
def test_scope_and_name_tell_what_a_span_is(scope: str, name: str, kind: EventClass) -> None:
    assert span_kind(scope, name) is kind


def test_a_span_of_kind_client_is_a_request() -> None:
    assert span_kind(is_client=True, attributes={"url.full": URL}) is EventClass.RESOURCE


def test_another_span_is_held_where_it_has_a_parent_or_an_error() -> None:
    assert span_kind(has_parent=True) is EventClass.DESCENDANT
    assert span_kind(has_parent=True, has_errors=True) is EventClass.DESCENDANT
    assert span_kind(has_errors=True) is EventClass.ERROR
    assert span_kind(LOAD, "documentFetch", has_parent=True) is EventClass.OTHER


def test_what_has_an_action_already_starts_none() -> None:
    assert span_kind(attributes={**CLICK, "action.id": "x"}) is EventClass.OTHER
    assert span_kind(is_client=True, attributes={"action.id": "x"}) is EventClass.OTHER


def test_no_event_types_switch_automatic_actions_off() -> None:
    rules = classifier(types=())
    assert span_kind(attributes=CLICK, rules=rules) is EventClass.OTHER
    assert rules.record_kind("browser.user_action.click", {}, False) is EventClass.OTHER
    assert span_kind(attributes={"action.type": "custom"}, rules=rules) is EventClass.CUSTOM


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
    assert kind is (EventClass.OTHER if is_export else EventClass.RESOURCE)


def test_urls_that_are_ignored_are_no_requests_and_excluded_ones_keep_nobody_busy() -> None:
    rules = classifier(ignore_urls=["beacon", r"\.map$"], excluded=["/poll"])
    assert span_kind(is_client=True, attributes={"url.full": "http://x/beacon?a"}, rules=rules) is EventClass.OTHER
    assert span_kind(is_client=True, attributes={"url.full": "http://x/a.map"}, rules=rules) is EventClass.OTHER
    poll = "http://x/poll/7"
    assert span_kind(is_client=True, attributes={"url.full": poll}, rules=rules) is EventClass.RESOURCE
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
    assert rules.tells_errors(EventClass.RESOURCE, "GET")
    assert rules.tells_errors(EventClass.OTHER, "documentFetch")
    assert not rules.tells_errors(EventClass.OTHER, "POST /v1/traces")


@pytest.mark.parametrize(
    ("name", "facts", "has_timing", "kind"),
    [
        ("browser.user_action.click", {}, False, EventClass.INTERACTION),
        ("browser.resource_timing", {"url.full": URL}, True, EventClass.RESOURCE),
        ("browser.resource_timing", {"url.full": URL}, False, EventClass.OTHER),
        ("browser.resource_timing", {"url.full": "http://c/v1/traces"}, True, EventClass.OTHER),
        ("browser.navigation_timing", {}, True, EventClass.NAVIGATION_TIMING),
        ("browser.navigation_timing", {}, False, EventClass.OTHER),
        ("browser.navigation", {"browser.navigation.same_document": True}, False, EventClass.NAVIGATION),
        ("browser.navigation", {"browser.navigation.same_document": False}, False, EventClass.OTHER),
        ("browser.navigation", {"browser.navigation.same_document": "true"}, False, EventClass.OTHER),
        ("exception", {}, False, EventClass.ERROR),
        ("exception", {"action.id": "x"}, False, EventClass.OTHER),
        ("anything", {"action.type": "custom"}, False, EventClass.CUSTOM),
        ("browser.web_vital", {}, False, EventClass.OTHER),
        ("", {}, False, EventClass.OTHER),
    ],
    ids=str,
)
def test_a_record_is_what_its_event_name_says(
    name: str, facts: dict[str, object], has_timing: bool, kind: EventClass
) -> None:
    assert classifier().record_kind(name, facts, has_timing) is kind
