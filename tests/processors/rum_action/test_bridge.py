"""Spans as events of the domain (SPEC sections 2, 3 and 6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from otelrum.actions.details import Custom, Fault, Frame, Interaction, UserActivity
from otelrum.actions.event_class import EventClass
from otelrum.actions.gesture import Gesture
from otelrum.actions.model import SessionKey
from otelrum.otlp.values import key_value
from otelrum.processors.rum_action.hints import UserHints
from tests.processors.rum_action.readings import MS, PARENT, SPAN, TRACE, Reading, event_of, key_of, record, span

CLICK = {"event_type": "click", "target_element": "BUTTON", "target_xpath": '//*[@id="buy"]'}
FIREFOX = "Mozilla/5.0 Firefox/130.0"


# ------------------------------------------------------------------ pages
def test_a_page_is_named_by_the_span_or_else_by_its_resource() -> None:
    ids = {"session.id": "s", "view.id": "v", "tab.id": "t"}
    assert key_of(span(ids)) == (SessionKey("shop", "s"), "v", "t")
    assert key_of(span(), **ids) == (SessionKey("shop", "s"), "v", "t")
    assert key_of(span({"session.id": "own"}), **ids) == (SessionKey("shop", "own"), "v", "t")


@pytest.mark.parametrize("name", ["session_id", "rum.session_id", "splunk.rumSessionId"])
def test_every_name_of_a_session_id_counts(name: str) -> None:
    assert key_of(span({name: "s", "page.id": "v"})) == (SessionKey("shop", "s"), "v", "")


def test_ids_of_the_wrong_type_and_empty_ones_count_as_missing() -> None:
    assert key_of(span({"session.id": 7, "session_id": "", "rum.session_id": "s"}))[0] == SessionKey("shop", "s")
    assert key_of(span({"session.id": "s", "view.id": 7, "view_id": "v"}))[1] == "v"


def test_without_a_session_the_trace_is_the_page_and_no_view_counts() -> None:
    assert key_of(span({"view.id": "v", "tab.id": "t"})) == (SessionKey("shop", "", TRACE), "", "")
    one = record("exception", {"view.id": "v"}, trace_id=TRACE)
    assert key_of(one) == (SessionKey("shop", "", TRACE), "", "")


# ------------------------------------------------------------------ spans
def test_a_span_is_reported_with_its_times_and_ids() -> None:
    one = span(parent_span_id=PARENT, start_time_unix_nano=5, end_time_unix_nano=9)
    event = event_of(one)
    assert (event.start_ns, event.end_ns, event.id, event.parent) == (5, 9, TRACE + SPAN, TRACE + PARENT)
    assert event.extra_bytes == len(one.SerializeToString())


def test_a_span_that_ends_before_it_starts_is_instant_at_its_start() -> None:
    event = event_of(span(start_time_unix_nano=9, end_time_unix_nano=5))
    assert (event.start_ns, event.end_ns) == (9, 9)


def test_a_parent_of_zeros_is_none_and_a_span_without_ids_has_none() -> None:
    assert event_of(span(parent_span_id=bytes(8))).parent == b""
    assert event_of(span(span_id=b"")).id == b""
    assert event_of(span(trace_id=b"")).id == b""


def test_what_passes_has_no_payload() -> None:
    event = event_of(span())
    assert (event.kind, event.payload, event.extra_bytes) == (EventClass.OTHER, None, 0)


def test_an_interaction_has_its_target() -> None:
    event = event_of(span(CLICK))
    assert isinstance(event.detail, Interaction)
    assert (event.detail.event_type, event.detail.target.selector) == ("click", "#buy")
    assert not event.detail.sees_mutations


def test_a_mutation_observer_is_reported_by_the_span_or_its_resource() -> None:
    attributes = {"browser.mutation_observer": True}
    for event in (event_of(span({**CLICK, **attributes})), event_of(span(CLICK), **attributes)):
        assert isinstance(event.detail, Interaction) and event.detail.sees_mutations
    event = event_of(span({**CLICK, "browser.mutation_observer": "true"}))
    assert isinstance(event.detail, Interaction) and not event.detail.sees_mutations


def test_long_attributes_of_a_target_are_read_as_short_ones_are() -> None:
    reading = Reading()
    for text in ("Pay", "Pay" + " now" * 2_000):
        for _ in range(2):
            detail = reading.item(span({**CLICK, "target.text": text}))[0].detail
            assert isinstance(detail, Interaction) and detail.target.name.startswith("Pay")
            assert detail.target.name.endswith("[...]") is (len(text) > 100)


def test_two_targets_are_not_mistaken_for_each_other() -> None:
    reading = Reading()
    names = [
        reading.item(span({**CLICK, "target.text": text, "target.label": label}))[0].detail.target.name  # type: ignore[union-attr]
        for text, label in [("a", ""), ("", "a"), ("b", "a"), ("a", "b")]
    ]
    assert names == ["a", "a", "a", "b"]


def test_a_request_has_its_url_and_keeps_busy_unless_that_is_excluded() -> None:
    event = event_of(span({"url.full": "http://x/a"}, kind=Span.SPAN_KIND_CLIENT))
    assert (event.kind, event.url, event.is_request, event.keeps_busy) == (
        EventClass.RESOURCE,
        "http://x/a",
        True,
        True,
    )
    assert not event_of(span({"url.full": "http://x/poll"}, kind=Span.SPAN_KIND_CLIENT)).keeps_busy


def test_a_resource_fetch_of_the_document_is_no_request() -> None:
    scope = "@opentelemetry/instrumentation-document-load"
    event = Reading().item(span(name="resourceFetch"), scope)[0]
    assert (event.kind, event.is_request) == (EventClass.RESOURCE, False)


def test_exception_events_are_errors_at_their_own_times() -> None:
    one = span(parent_span_id=PARENT)
    one.events.add(name="exception", time_unix_nano=5).attributes.append(key_value("exception.message", "boom"))
    one.events.add(name="exception", time_unix_nano=3)
    one.events.add(name="other", time_unix_nano=4)
    assert event_of(one).faults == (Fault(5, "boom"), Fault(3, ""))


def test_of_very_many_errors_of_a_span_the_first_count() -> None:
    """Each takes memory that is not counted as held, and an SDK writes no more than 128."""
    one = span(parent_span_id=PARENT)
    for n in range(1200):
        one.events.add(name="exception", time_unix_nano=n)
    assert event_of(one).faults == tuple(Fault(n, "") for n in range(1000))


def test_the_page_s_own_exports_say_no_errors() -> None:
    one = span({"url.full": "http://c/v1/traces"}, kind=Span.SPAN_KIND_CLIENT)
    one.events.add(name="exception", time_unix_nano=5)
    event = event_of(one)
    assert (event.kind, event.faults) == (EventClass.OTHER, ())


@pytest.mark.parametrize(
    ("attributes", "code", "is_error"),
    [
        ({}, Status.STATUS_CODE_ERROR, True),
        ({"http.status_code": 500}, Status.STATUS_CODE_UNSET, True),
        ({"http.status_code": 404}, Status.STATUS_CODE_UNSET, False),
    ],
)
def test_a_failed_request_is_an_error_at_its_end_where_that_is_set(
    attributes: dict[str, object], code: Any, is_error: bool
) -> None:
    one = span(
        attributes, kind=Span.SPAN_KIND_CLIENT, start_time_unix_nano=5, end_time_unix_nano=9, status=Status(code=code)
    )
    assert event_of(one, network_errors=True).faults == ((Fault(9, ""),) if is_error else ())
    assert event_of(one).faults == ()


def test_a_custom_action_has_its_name_and_context() -> None:
    event = event_of(span({"action.type": "custom", "action.name": "bought", "action.context.cart.amount": 42}))
    assert isinstance(event.detail, Custom)
    assert (event.detail.name, event.detail.context) == ("bought", {"context.cart.amount": 42})
    for name in ("", 7):
        event = event_of(span({"action.type": "custom", "action.name": name}, name="span name"))
        assert isinstance(event.detail, Custom) and event.detail.name == "span name"


def test_a_broken_context_is_counted() -> None:
    reading = Reading()
    reading.item(span({"action.type": "custom", "action.context": "{"}))
    reading.item(span({"action.type": "custom", "action.context": "{}"}))
    assert reading.malformed == 1


def test_the_browser_of_the_request_counts_where_the_resource_says_none() -> None:
    hints = UserHints(FIREFOX)
    event = Reading().item(span(CLICK), hints=hints)[0]
    assert isinstance(event.detail, Interaction) and event.detail.user_agent == FIREFOX
    event = Reading(**{"user_agent.original": "own"}).item(span(CLICK), hints=hints)[0]  # type: ignore[arg-type]
    assert isinstance(event.detail, Interaction) and event.detail.user_agent == ""


def test_the_address_is_the_span_s_else_the_resource_s_else_the_request_s() -> None:
    def address(attributes: dict[str, object], **resource: object) -> str:
        one = Reading(**resource).item(span({**CLICK, **attributes}), hints=UserHints(address="3.3.3.3"))[0]  # type: ignore[arg-type]
        assert isinstance(one.detail, Interaction)
        return one.detail.address

    assert address({"client.address": "1.1.1.1"}, **{"client.address": "2.2.2.2"}) == "1.1.1.1"
    assert address({"client.address": 7}, **{"client.address": "2.2.2.2"}) == "2.2.2.2"
    assert address({}) == "3.3.3.3"


# ------------------------------------------------------------------ what the page module writes
LONG_TASK = "@opentelemetry/instrumentation-long-task"


@pytest.mark.parametrize("reported_ms", [120, 120.0])
def test_a_frame_was_reported_when_the_page_says_so(reported_ms: float) -> None:
    one = span({"long_animation_frame.told_ms": reported_ms}, name="long-animation-frame", start_time_unix_nano=5)
    event = event_of(one)
    assert (event.kind, event.detail) == (EventClass.FRAME, Frame(5 + 120 * MS))


@pytest.mark.parametrize("reported_ms", [None, -1, float("nan"), float("inf"), "120", True])
def test_a_frame_that_does_not_say_when_it_was_reported_was_reported_at_its_end(reported_ms: object) -> None:
    attributes = {"long_animation_frame.told_ms": reported_ms}
    one = span(attributes, name="long_animation_frame", start_time_unix_nano=5, end_time_unix_nano=9)
    assert event_of(one).detail == Frame(9)


def test_a_frame_that_is_reported_in_a_thousand_years_is_not_reported_at_its_end() -> None:
    event = event_of(span({"long_animation_frame.told_ms": 1e300}, name="long-animation-frame"))
    assert isinstance(event.detail, Frame) and event.detail.reported_ns >= 10**18


def test_a_user_activity_is_of_its_gesture() -> None:
    attributes: dict[str, object] = {"user.activity.type": "scroll", "interaction.id": "g1"}
    event = event_of(span(attributes, name="user.activity"))
    assert (event.kind, event.detail) == (EventClass.USER_ACTIVITY, UserActivity("g1", "scroll"))
    assert event_of(span({"user.activity.type": "scroll"}, name="user.activity")).detail == UserActivity("", "scroll")


def test_an_exit_is_held_until_it_is_known_what_it_ends() -> None:
    event = event_of(span(name="page.exit"))
    assert event.kind == EventClass.PAGE_EXIT and event.payload is not None


def test_a_gesture_is_read_with_its_interaction() -> None:
    attributes = {"interaction.id": "g1", "interaction.press_ms": 80, "interaction.x": 1.5, "target.width": 30}
    detail = event_of(span({**CLICK, **attributes})).detail
    assert isinstance(detail, Interaction)
    assert detail.gesture == Gesture("g1", 80 * MS, 1.5, None, 30.0, None)
    assert detail.service == "shop"


def test_a_timer_that_ran_late_moves_deadlines_and_is_not_counted() -> None:
    one = span({"longtask.source": "timer"}, name="longtask")
    event = Reading().item(one, LONG_TASK)[0]
    assert (event.kind, event.is_counted) == (EventClass.LONG_TASK, False)
    assert Reading().item(span(name="longtask"), LONG_TASK)[0].is_counted


def test_a_data_url_is_activity_and_no_resource_that_counts() -> None:
    event = event_of(span({"url.full": "data:text/plain,x"}, kind=Span.SPAN_KIND_CLIENT))
    assert (event.kind, event.keeps_busy, event.is_counted) == (EventClass.RESOURCE, True, False)


def test_a_request_has_its_method() -> None:
    attributes: dict[str, object] = {"url.full": "http://x/a", "http.request.method": "GET"}
    assert event_of(span(attributes, kind=Span.SPAN_KIND_CLIENT, parent_span_id=PARENT)).method == "GET"
    old: dict[str, object] = {"http.url": "http://x/a", "http.method": "POST"}
    assert event_of(span(old, kind=Span.SPAN_KIND_CLIENT, parent_span_id=PARENT)).method == "POST"
    assert event_of(span(attributes, kind=Span.SPAN_KIND_CLIENT)).method == "GET", "it may come twice below this one"
    assert event_of(span(attributes)).method == ""


# ------------------------------------------------------------------ errors and aborts
def aborted(where: str) -> Span:
    """A request that the page gave up, reported in one of three places."""
    own: dict[str, object] = {"error.type": "AbortError"} if where == "error.type" else {}
    if where == "exception.type":
        own = {"exception.type": "AbortError"}
    one = span(own, kind=Span.SPAN_KIND_CLIENT, status=Status(code=Status.STATUS_CODE_ERROR))
    pair = key_value("exception.type", "AbortError" if where == "event" else "TypeError")
    one.events.add(name="exception", time_unix_nano=5).attributes.append(pair)
    return one


@pytest.mark.parametrize("where", ["error.type", "exception.type", "event"])
def test_nothing_on_a_request_that_the_page_gave_up_is_an_error(where: str) -> None:
    assert event_of(aborted(where), network_errors=True).faults == ()


def test_another_error_of_a_request_counts() -> None:
    assert event_of(aborted("nowhere"), network_errors=True).faults == (Fault(5, ""),)


def test_an_exception_counts_before_the_status_and_before_attributes() -> None:
    says_so = {"error_attributes": ("error",), "network_errors": True}
    failed = Status(code=Status.STATUS_CODE_ERROR)
    one = span({"error": True}, kind=Span.SPAN_KIND_CLIENT, start_time_unix_nano=3, end_time_unix_nano=9, status=failed)
    assert event_of(one, set_=says_so).faults == (Fault(9, ""),)
    one.status.Clear()
    assert event_of(one, set_=says_so).faults == (Fault(3, ""),)
    one.events.add(name="exception", time_unix_nano=5)
    assert event_of(one, set_=says_so).faults == (Fault(5, ""),)


# ------------------------------------------------------------------ pages without view ids
def route(attributes: Mapping[str, object], **resource: object) -> str:
    return event_of(span({"session.id": "s", **attributes}), **resource).route


def test_an_address_is_a_view_where_no_id_names_one() -> None:
    address = {"browser.document.url.full": "https://shop.example/list?color=red#/cart?x"}
    assert route(address) == "/list#/cart"
    assert route({}, **address) == "/list#/cart", "the resource's where the span has none"
    assert route({**address, "view.id": "v"}) == ""
    assert route({**address, "session.id": ""}) == "", "without a session the trace is the page"


def test_services_share_a_page_where_that_is_set() -> None:
    shared = {"page_by_service": False}
    key = Reading(set_=shared).item(span({"session.id": "s"}))[1]
    assert key == Reading(set_=shared, **{"service.name": "cart"}).item(span({"session.id": "s"}))[1]  # type: ignore[arg-type]
    assert key != Reading().item(span({"session.id": "s"}))[1]
