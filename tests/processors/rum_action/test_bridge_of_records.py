"""Log records as events of the domain (SPEC sections 6 and 12)."""

from __future__ import annotations

import pytest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValueList

from otelrum.actions.details import Fault, Frame, Interaction, Timing
from otelrum.actions.event_class import EventClass
from otelrum.actions.model import SessionKey
from otelrum.otlp.values import key_value
from tests.processors.rum_action.readings import MS, SPAN, TRACE, Reading, event_of, key_of, record


def test_records_without_session_and_trace_are_each_alone() -> None:
    one, other = record("exception", {"a": 1}), record("exception", {"a": 2})
    assert key_of(one)[0] != key_of(other)[0]


def test_a_record_s_time_is_its_own_else_when_it_was_observed() -> None:
    assert event_of(record("exception", observed_time_unix_nano=9)).start_ns == 7 * MS
    assert event_of(record("exception", time_unix_nano=0, observed_time_unix_nano=9)).start_ns == 9


def test_an_older_record_has_its_event_name_in_an_attribute() -> None:
    assert event_of(record("", {"event.name": "exception"})).kind is EventClass.ERROR
    assert event_of(record("other", {"event.name": "exception"})).kind is EventClass.OTHER
    assert event_of(record("", {"event.name": 7})).kind is EventClass.OTHER


def test_facts_are_attributes_else_the_body_s_map() -> None:
    attributes = [key_value("exception.message", "b"), key_value("session.id", "s")]
    body = AnyValue(kvlist_value=KeyValueList(values=attributes))
    assert key_of(record("exception", body=body))[0] == SessionKey("shop", "s")
    assert event_of(record("exception", body=body)).faults == (Fault(7 * MS, "b"),)
    assert event_of(record("exception", {"exception.message": "a"}, body=body)).faults == (Fault(7 * MS, "a"),)
    text = AnyValue(string_value="session.id")
    assert event_of(record("exception", body=text)).faults == (Fault(7 * MS, ""),)


def test_of_a_large_record_the_same_facts_can_be_read_once_more() -> None:
    """Kept as objects those of many large ones would fill the memory."""
    body = AnyValue(kvlist_value=KeyValueList(values=[key_value("beside", 1)]))
    attributes: dict[str, object] = {"text": "t" * (64 << 10), "session.id": "s"}
    read_attributes = Reading().item(record("exception", attributes, body=body))[2]
    assert read_attributes() == {**attributes, "beside": 1}


def test_a_resource_event_says_its_times_on_the_page_s_clock() -> None:
    prefix = "browser.resource_timing."
    attributes: dict[str, object] = {f"{prefix}fetch_start": 1.5, f"{prefix}duration": 2, "url.full": "http://x/poll"}
    event = event_of(record("browser.resource_timing", attributes))
    assert event.detail == Timing(7 * MS, 1_500_000, 3_500_000)
    assert (event.is_request, event.keeps_busy, event.url) == (False, False, "http://x/poll")
    for initiator in ("fetch", "xmlhttprequest"):
        assert event_of(
            record("browser.resource_timing", {**attributes, f"{prefix}initiator_type": initiator})
        ).is_request


@pytest.mark.parametrize("start", [-1.0, float("nan"), float("inf"), 1e13, "5", True, None])
def test_an_absurd_time_makes_no_resource(start: object) -> None:
    attributes = {"browser.resource_timing.fetch_start": start, "browser.resource_timing.duration": 1.0}
    assert event_of(record("browser.resource_timing", attributes)).kind is EventClass.OTHER


def test_a_record_s_parent_is_its_span_context() -> None:
    event = event_of(record("exception", trace_id=TRACE, span_id=SPAN))
    assert event.parent == TRACE + SPAN
    assert event_of(record("exception", trace_id=TRACE, span_id=bytes(8))).parent == b""


def test_records_of_one_name_time_and_attributes_are_copies() -> None:
    attributes = {"a": 1, "b": [1, {"c": "x"}]}
    one = event_of(record("exception", attributes))
    assert one.id == event_of(record("exception", dict(reversed(attributes.items())))).id
    assert one.id == event_of(record("exception", attributes, observed_time_unix_nano=99, severity_number=9)).id
    others = [
        record("exception", {**attributes, "a": 2}),
        record("exception", {**attributes, "a": 1.0}),
        record("other", attributes),
        record("exception", attributes, time_unix_nano=8),
        record("exception", attributes, body=AnyValue(string_value="x")),
    ]
    assert len({one.id, *(event_of(other).id for other in others)}) == 6
    assert one.id != event_of(record("exception", attributes), **{"service.name": "other"}).id


def test_a_click_record_has_its_target() -> None:
    element = {"action-name": "Pay"}
    attributes = {"browser.css_selector": "#buy", "browser.tag_name": "BUTTON", "browser.element.attributes": element}
    event = event_of(record("browser.user_action.click", attributes))
    assert isinstance(event.detail, Interaction)
    assert (event.detail.target.selector, event.detail.target.name, event.detail.event_type) == ("#buy", "Pay", "click")


# ------------------------------------------------------------------ times of resource events
def timing(**own: object) -> object:
    """The timing of a resource event with these facts, each an int or a double."""
    facts = {f"browser.resource_timing.{key}": value for key, value in own.items()}
    return event_of(record("browser.resource_timing", facts)).detail


def test_a_redirect_is_part_of_the_request() -> None:
    assert timing(redirect_start=1, fetch_start=2.5, duration=3) == Timing(7 * MS, 1 * MS, 4 * MS)
    assert timing(redirect_start=0, fetch_start=2.5, duration=3) == Timing(7 * MS, 2_500_000, 5_500_000)
    assert timing(redirect_start="1", fetch_start=2, duration=3) == Timing(7 * MS, 2 * MS, 5 * MS)


def test_a_request_ends_with_its_response_where_that_is_reported() -> None:
    assert timing(fetch_start=2, response_end=9.5, duration=3) == Timing(7 * MS, 2 * MS, 9_500_000)
    assert timing(fetch_start=2, response_end=9) == Timing(7 * MS, 2 * MS, 9 * MS)
    assert timing(fetch_start=2, response_end=0, duration=3) == Timing(7 * MS, 2 * MS, 5 * MS)
    assert timing(fetch_start=2, response_end=0) is None


def test_a_navigation_timing_needs_no_more_than_when_its_fetch_began() -> None:
    event = event_of(record("browser.navigation_timing", {"browser.resource_timing.fetch_start": 2}))
    assert (event.kind, event.detail) == (EventClass.NAVIGATION_TIMING, Timing(7 * MS, 2 * MS, 2 * MS))


# ------------------------------------------------------------------ the other classes
def test_a_change_of_route_says_the_new_address() -> None:
    attributes = {"browser.navigation.same_document": True, "url.full": "https://shop.example/cart"}
    event = event_of(record("browser.navigation", attributes))
    assert (event.kind, event.url, event.payload) == (EventClass.NAVIGATION, "https://shop.example/cart", None)


def test_an_error_on_the_console_says_what_its_body_says() -> None:
    attributes: dict[str, object] = {"browser.console.method": "error"}
    event = event_of(record("browser.console", attributes, body=AnyValue(string_value="boom")))
    assert (event.kind, event.faults) == (EventClass.ERROR, (Fault(7 * MS, "boom"),))


def test_a_frame_that_is_a_record_is_instant() -> None:
    event = event_of(record("browser.long_animation_frame", {"long_animation_frame.told_ms": 3}))
    assert (event.kind, event.end_ns, event.detail) == (EventClass.FRAME, 7 * MS, Frame(10 * MS))


def test_a_web_vital_of_an_interaction_is_held_until_its_action_is_known() -> None:
    event = event_of(record("browser.web_vital", {"browser.web_vital.name": "inp"}))
    assert event.kind == EventClass.INP and event.payload is not None
    assert event_of(record("browser.web_vital", {"browser.web_vital.name": "lcp"})).kind == EventClass.WEB_VITAL


def test_records_are_copies_only_where_their_resources_are_equal() -> None:
    item = record("exception", {"session.id": "s"})
    assert event_of(item).id == event_of(item).id
    assert event_of(item).id != event_of(item, **{"deployment.environment": "test"}).id


def test_a_click_record_may_say_its_gesture() -> None:
    detail = event_of(record("browser.user_action.click", {"interaction.id": "g1"})).detail
    assert isinstance(detail, Interaction)
    assert (detail.gesture.id, detail.service) == ("g1", "shop")
