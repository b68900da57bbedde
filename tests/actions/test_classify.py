"""What a span or a record is (SPEC sections 2 and 12)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from otelrum.actions.classify import Classifier, is_aborted, is_data_url
from otelrum.actions.details import Fault
from otelrum.actions.event_class import EventClass
from otelrum.actions.settings import Settings

LOAD = "@opentelemetry/instrumentation-document-load"
LONG_TASK = "@opentelemetry/instrumentation-long-task"
CLICK = {"event_type": "click", "target_xpath": "//button"}
URL = "http://shop.example/cart"


def classifier(**settings: Any) -> Classifier:
    return Classifier(Settings(**settings))


def span_kind(
    scope: str = "page",
    name: str = "work",
    attributes: Mapping[str, object] | None = None,
    is_client: bool = False,
    has_parent: bool = False,
    has_errors: bool = False,
    rules: Classifier | None = None,
) -> int:
    return (rules or classifier()).span_kind(scope, name, is_client, dict(attributes or {}), has_parent, has_errors)


@pytest.mark.parametrize(
    ("attributes", "kind"),
    [
        (CLICK, EventClass.INTERACTION),
        ({"event_type": "click", "target_element": "BUTTON"}, EventClass.INTERACTION),
        ({"event_type": "click"}, EventClass.OTHER),
        ({"event_type": "keydown", "target_xpath": "//input"}, EventClass.OTHER),
        ({"event_type": 1, "target_xpath": "//button"}, EventClass.OTHER),
        ({"event_type": "click", "target_xpath": 1}, EventClass.OTHER),
        ({**CLICK, "action.type": "custom"}, EventClass.INTERACTION),
        ({"action.type": "custom"}, EventClass.CUSTOM),
        ({"action.type": "checkout"}, EventClass.CUSTOM),
        ({"action.type": ""}, EventClass.OTHER),
        ({"action.type": 1}, EventClass.OTHER),
        ({"longtask.duration": 70}, EventClass.LONG_TASK),
        ({"longtask.duration": 70.5}, EventClass.LONG_TASK),
        ({"longtask.duration": "70"}, EventClass.OTHER),
        ({"longtask.duration": True}, EventClass.OTHER),
    ],
    ids=str,
)
def test_attributes_say_what_a_span_is(attributes: dict[str, object], kind: int) -> None:
    assert span_kind(attributes=attributes) is kind


def test_a_click_may_be_named_as_the_route_that_it_opens() -> None:
    assert span_kind(name="Navigation: /cart", attributes=CLICK) is EventClass.INTERACTION


@pytest.mark.parametrize(
    ("scope", "name", "kind"),
    [
        (LONG_TASK, "longtask", EventClass.LONG_TASK),
        (LOAD, "resourceFetch", EventClass.RESOURCE),
        ("splunk-post-doc-load-resource", "resourceFetch", EventClass.RESOURCE),
        ("page", "resourceFetch", EventClass.OTHER),
        (LOAD, "documentLoad", EventClass.DOCUMENT),
        (LOAD, "documentFetch", EventClass.OTHER),
        ("page", "dom.mutation", EventClass.MUTATION),
        ("page", "page.exit", EventClass.PAGE_EXIT),
        ("page", "long-animation-frame", EventClass.FRAME),
        ("page", "browser.long_animation_frame", EventClass.FRAME),
        ("page", "a.b.long-animation-frame", EventClass.FRAME),
        ("page", "my-long-animation-frame", EventClass.OTHER),
        ("page", "user.activity", EventClass.OTHER),
        ("page", "work", EventClass.OTHER),
    ],
)
def test_scope_and_name_say_what_a_span_is(scope: str, name: str, kind: int) -> None:
    assert span_kind(scope, name) is kind


@pytest.mark.parametrize("type", ["input", "scroll", "selection"])
def test_a_user_activity_says_of_which_type_it_is(type: str) -> None:
    attributes: dict[str, object] = {"user.activity.type": type}
    assert span_kind(name="user.activity", attributes=attributes) is EventClass.USER_ACTIVITY
    assert span_kind(name="user.activity", attributes={"user.activity.type": "sneeze"}) is EventClass.OTHER


def test_the_scopes_of_resources_can_be_set() -> None:
    rules = classifier(resource_scopes=frozenset({"own"}))
    assert span_kind("own", "resourceFetch", rules=rules) is EventClass.RESOURCE
    assert span_kind(LOAD, "resourceFetch", rules=rules) is EventClass.OTHER


def test_a_span_of_kind_client_is_a_request() -> None:
    assert span_kind(is_client=True, attributes={"url.full": URL}) is EventClass.RESOURCE


def test_another_span_is_held_where_it_has_a_parent_or_an_error() -> None:
    assert span_kind(has_parent=True) is EventClass.DESCENDANT
    assert span_kind(has_parent=True, has_errors=True) is EventClass.DESCENDANT
    assert span_kind(has_errors=True) is EventClass.ERROR
    assert span_kind(LOAD, "documentFetch", has_parent=True) is EventClass.OTHER
    says_so = classifier(error_attributes=("error",))
    assert span_kind(attributes={"error": True}, rules=says_so) is EventClass.ERROR
    assert span_kind(attributes={"error": "true"}, rules=says_so) is EventClass.OTHER


def test_what_has_an_action_already_starts_none() -> None:
    assert span_kind(attributes={**CLICK, "action.id": "x"}) is EventClass.OTHER
    assert span_kind(is_client=True, attributes={"action.id": "x"}) is EventClass.OTHER


def test_no_event_types_switch_automatic_actions_off() -> None:
    rules = classifier(event_types=frozenset())
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
    rules = classifier(ignore_urls=("beacon", r"\.map$"), excluded_activity_urls=("/poll",))
    assert span_kind(is_client=True, attributes={"url.full": "http://x/beacon?a"}, rules=rules) is EventClass.OTHER
    assert span_kind(is_client=True, attributes={"url.full": "http://x/a.map"}, rules=rules) is EventClass.OTHER
    poll = "http://x/poll/7"
    assert span_kind(is_client=True, attributes={"url.full": poll}, rules=rules) is EventClass.RESOURCE
    assert not rules.keeps_busy(poll)
    assert rules.keeps_busy(URL) and rules.keeps_busy("")


@pytest.mark.parametrize(
    ("is_error", "attributes", "failed"),
    [
        (True, {}, True),
        (False, {"http.response.status_code": 500}, True),
        (False, {"http.status_code": 503}, True),
        (False, {"http.response.status_code": 499}, False),
        (False, {"http.response.status_code": "500"}, False),
        (False, {"http.response.status_code": "200", "http.status_code": 500}, True),
        (True, {"url.full": "data:,x"}, False),
        (False, {"http.response.status_code": 200, "http.status_code": 500}, False),
        (False, {"http.status_code": True}, False),
    ],
    ids=str,
)
def test_a_request_failed_by_its_status(is_error: bool, attributes: dict[str, object], failed: bool) -> None:
    rules = classifier(network_errors=True)
    fault = rules.silent_error(EventClass.RESOURCE, 5, 9, is_error, attributes)
    assert fault == (Fault(9, "") if failed else None), "at the end of the request"
    assert rules.silent_error(EventClass.MUTATION, 5, 9, is_error, attributes) is None
    assert classifier().silent_error(EventClass.RESOURCE, 5, 9, is_error, attributes) is None


def test_an_attribute_that_says_so_is_an_error_at_the_start() -> None:
    rules = classifier(error_attributes=("failed", "error"))
    assert rules.silent_error(EventClass.DESCENDANT, 5, 9, False, {"error": True}) == Fault(5, "")
    assert rules.silent_error(EventClass.DESCENDANT, 5, 9, False, {"error": "true", "other": True}) is None


def test_what_the_page_gave_up_itself_is_no_error() -> None:
    rules = classifier()
    assert is_aborted({"error.type": "AbortError"}) and is_aborted({"exception.type": "AbortError"})
    assert not is_aborted({"error.type": "TypeError"})
    assert not rules.reports_errors(EventClass.RESOURCE, "GET", True)
    assert rules.reports_errors(EventClass.DESCENDANT, "work", True)


def test_a_data_url_carries_its_own_answer() -> None:
    assert is_data_url("data:,x") and is_data_url("DATA:text/plain,x")
    assert not is_data_url("https://shop.example/data:") and not is_data_url("")


def test_errors_count_on_what_is_an_event_of_the_page_and_on_the_document() -> None:
    rules = classifier()
    assert rules.reports_errors(EventClass.RESOURCE, "GET", False)
    assert rules.reports_errors(EventClass.OTHER, "documentFetch", False)
    assert not rules.reports_errors(EventClass.OTHER, "POST /v1/traces", False)


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
        ("anything", {"action.type": "checkout"}, False, EventClass.CUSTOM),
        ("browser.web_vital", {"browser.web_vital.name": "inp"}, False, EventClass.INP),
        ("browser.web_vital", {"browser.web_vital.name": "lcp"}, False, EventClass.WEB_VITAL),
        ("browser.console", {"browser.console.method": "error"}, False, EventClass.ERROR),
        ("browser.console", {"browser.console.method": "warn"}, False, EventClass.OTHER),
        ("browser.long_animation_frame", {}, False, EventClass.FRAME),
        ("", {}, False, EventClass.OTHER),
    ],
    ids=str,
)
def test_a_record_is_what_its_event_name_says(name: str, facts: dict[str, object], has_timing: bool, kind: int) -> None:
    assert classifier().record_kind(name, facts, has_timing) is kind
