"""Each row of the table of SPEC section 14: what the span and the event of an action say."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from otelrum.connectors.rum_actions.config import RumActionsConfig
from otelrum.connectors.rum_actions.encoding import ActionEncoder
from otelrum.connectors.rum_actions.reading import ActionReader
from otelrum.otlp.batch import Batch
from otelrum.otlp.values import attributes
from otelrum.processors.rum_action.config import RumActionConfig
from tests.connectors.rum_actions.made import T0_NS, facts, id_of, records, spans

OBSERVED_NS = T0_NS + 1


def reported(batch: Batch, **settings: Any) -> tuple[Span, LogRecord]:
    """The span and the event of the one action of a request."""
    encoder = ActionEncoder(RumActionsConfig.model_validate(settings))
    (action,) = ActionReader([]).actions(batch)
    own = encoder.attributes(action)
    span, event = encoder.span(action, own), encoder.event(action, own, OBSERVED_NS)
    return Span.FromString(span), LogRecord.FromString(event)


def test_the_span_is_named_and_as_long_as_its_action() -> None:
    span, _ = reported(spans(facts(7, action_loading_time=297_000_000)))
    assert span.name == "Click on Pay"
    assert (span.start_time_unix_nano, span.end_time_unix_nano) == (T0_NS, T0_NS + 297_000_000)
    assert span.kind == Span.SPAN_KIND_INTERNAL
    assert span.status.code == Status.STATUS_CODE_UNSET


def test_an_action_without_activity_ends_where_it_began() -> None:
    span, _ = reported(spans(facts(7)))
    assert span.start_time_unix_nano == span.end_time_unix_nano == T0_NS


def test_the_span_is_in_the_trace_of_its_action_below_the_action_span() -> None:
    span, event = reported(spans(facts(7)))
    assert (span.trace_id, span.parent_span_id) == (b"\1" * 16, b"\1" * 8)
    assert span.span_id.hex() == id_of(7).replace("-", "")[:16]
    assert (event.trace_id, event.span_id) == (b"\1" * 16, b"\1" * 8)


@pytest.mark.parametrize("trace_id", [b"", bytes(16)])
def test_the_span_of_a_record_without_a_trace_has_one_of_its_own(trace_id: bytes) -> None:
    span, event = reported(records(facts(7), trace_id=trace_id))
    assert span.trace_id.hex() == id_of(7).replace("-", "")
    assert span.parent_span_id == b"" == event.trace_id
    assert span.start_time_unix_nano == event.time_unix_nano == T0_NS


def test_a_record_without_a_time_has_the_time_at_which_it_was_observed() -> None:
    batch = records(facts(7), observed_time_unix_nano=5)
    batch.data = batch.data.replace(T0_NS.to_bytes(8, "little"), bytes(8))
    assert reported(batch)[0].start_time_unix_nano == 5


def test_an_error_click_is_an_error() -> None:
    span, _ = reported(spans(facts(7, action_frustration_type=["dead_click", "error_click"])))
    assert span.status.code == Status.STATUS_CODE_ERROR


@pytest.mark.parametrize("kind", ["internal", "server", "client", "producer", "consumer"])
def test_the_kind_is_set_however_it_is_written(kind: str) -> None:
    for written in (kind, kind.upper(), f"SPAN_KIND_{kind.upper()}"):
        span, _ = reported(spans(facts(7)), span_kind=written)
        assert Span.SpanKind.Name(span.kind) == f"SPAN_KIND_{kind.upper()}"


REPORTED = {
    "action.loading_time": 5, "action.resource.count": 2, "action.frustration.type": ["rage_click"],
    "action.end_reason": "idle", "action.position.x": 3, "view.id": "v", "view.url": "https://shop/", "context.a": 4.5,
    "context.list": ["x", 1], "session.id": "s", "user_agent.name": "Chrome", "os.name": "Windows",
    "geo.country.iso_code": "CA", "usr.id": "u", "user.email": "e", "enduser.id": "d",
}  # fmt: skip
LEFT_OUT = {"event_type": "click", "target_xpath": "//b", "target.text": "t", "http.method": "GET", "tab.id": "t"}


@pytest.mark.parametrize("request_of", [spans, records])
def test_both_have_the_attributes_of_the_action_of_its_view_and_what_is_inherited(request_of: Any) -> None:
    for item in reported(request_of({**facts(7), **LEFT_OUT, **REPORTED})):
        assert attributes(item.attributes) == {**facts(7), **REPORTED}


def test_what_is_inherited_is_set_as_on_rum_action() -> None:
    assert RumActionsConfig().inherit == RumActionConfig().inherit
    span, _ = reported(spans({**facts(7), "tenant": "t", "usr.id": "u"}), inherit=["tenant"])
    assert attributes(span.attributes) == {**facts(7), "tenant": "t"}


def test_the_event_says_the_moment_of_the_click_and_shows_the_name() -> None:
    _, event = reported(spans(facts(7, action_loading_time=5)))
    assert (event.time_unix_nano, event.observed_time_unix_nano) == (T0_NS, OBSERVED_NS)
    assert (event.event_name, event.body.string_value) == ("rum.action", "Click on Pay")
