"""What of a request is held, what passes, and what is never looked at (SPEC sections 2, 6 and 7)."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from otelrum.actions.event_class import EventClass
from otelrum.actions.settings import Settings
from otelrum.otlp.batch import Batch, Request, ResourceGroup, ScopeGroup, Signal, parse
from otelrum.otlp.errors import MalformedOtlp
from otelrum.otlp.requests import CHUNK_BYTES, RequestWriter
from otelrum.otlp.values import attributes, key_value
from otelrum.processors.rum_action.bridge import Bridge
from otelrum.processors.rum_action.config import AttributeNames
from otelrum.processors.rum_action.hints import UserHints
from otelrum.processors.rum_action.payload import Payload
from otelrum.processors.rum_action.reading import MASKED, MAX_ITEM_BYTES, ReadRequest, RequestReader
from otelrum.processors.rum_action.resources import Resources
from tests.otlp.messages import requests
from tests.processors.rum_action.in_process import items_of

CLICKS = "@opentelemetry/instrumentation-user-interaction"
WEBJS: dict[str, object] = {"telemetry.sdk.language": "webjs"}
CLICK: dict[str, object] = {"event_type": "click", "target_element": "BUTTON"}


def reader(mask: bool = False, drop_address: bool = False, scopes: Iterable[str] = (CLICKS,)) -> RequestReader:
    names = AttributeNames()
    bridge = Bridge(Settings(mask=mask), names, lambda: None)
    return RequestReader(bridge, Resources(names, drop_address), scopes, mask, drop_address)


def request(resource: Mapping[str, object], scope: str, *spans: Mapping[str, object]) -> bytes:
    """A request of spans with these attributes, named by their order."""
    out = ExportTraceServiceRequest()
    group = out.resource_spans.add()
    group.resource.attributes.extend(key_value(key, value) for key, value in resource.items())
    scoped = group.scope_spans.add()
    scoped.scope.name = scope
    for n, own in enumerate(spans):
        span = scoped.spans.add(name=f"span {n}")
        span.attributes.extend(key_value(key, value) for key, value in own.items())
    return out.SerializeToString()


def read(data: bytes, by: RequestReader | None = None) -> ReadRequest | None:
    return (by or reader()).read(Batch(Signal.TRACES, data), UserHints(), None)


def passing(found: ReadRequest) -> list[str]:
    return [one.item.name for batch in found.passing.finish() for one in items_of(Signal.TRACES, batch.data)]  # type: ignore[union-attr]


def held(found: ReadRequest) -> list[Span]:
    payloads = [event.payload for event, _, _ in found.observed]
    return [Span.FromString(payload.item) for payload in payloads if isinstance(payload, Payload)]


def test_a_request_without_browsers_is_left_alone() -> None:
    assert read(request({"telemetry.sdk.language": "nodejs"}, "server", {}, {})) is None


def test_what_starts_no_action_passes_and_the_rest_is_held() -> None:
    found = read(request(WEBJS, "page", {}, CLICK, {}))
    assert found is not None
    assert passing(found) == ["span 0", "span 2"]
    assert [span.name for span in held(found)] == ["span 1"]
    assert [event.kind for event, _, _ in found.observed] == [
        EventClass.OTHER,
        EventClass.INTERACTION,
        EventClass.OTHER,
    ]
    assert found.held_items == 1 and found.held_bytes == len(held(found)[0].SerializeToString())


def test_what_is_no_browser_s_in_a_mixed_request_passes_unread() -> None:
    server = request({"telemetry.sdk.language": "nodejs"}, "server", CLICK)
    found = read(server + request(WEBJS, "page", CLICK))
    assert found is not None
    assert (passing(found), len(held(found))) == (["span 0"], 1)


def test_the_scope_of_interactions_makes_a_browser_without_any_resource() -> None:
    found = read(request({}, CLICKS, CLICK))
    assert found is not None and len(held(found)) == 1
    assert read(request({}, "my clicks", CLICK)) is None
    own = read(request({}, "my clicks", CLICK), reader(scopes=["my clicks"]))
    assert own is not None and len(held(own)) == 1


def test_masking_cuts_the_page_s_texts_out_of_all_that_is_a_browser_s() -> None:
    sent = dict.fromkeys(MASKED, "secret") | {"target.id": "buy", "data-action-name": "Buy"}
    found = read(request(WEBJS, "page", sent, {**sent, **CLICK}), reader(mask=True))
    assert found is not None
    kept = [attributes(one.attributes) for one in held(found)]
    (batch,) = found.passing.finish()
    kept += [attributes(one.item.attributes) for one in items_of(Signal.TRACES, batch.data)]
    assert [set(one) for one in kept] == [{"target.id", "data-action-name", *CLICK}, {"target.id", "data-action-name"}]
    assert found.held_bytes == len(held(found)[0].SerializeToString()), "what was cut weighs nothing"


def test_dropping_addresses_cuts_them_out_of_spans_and_resources() -> None:
    sent = {"client.address": "1.1.1.1"}
    found = read(request(WEBJS | sent, "page", sent, CLICK | sent), reader(drop_address=True))
    assert found is not None
    (batch,) = found.passing.finish()
    assert b"1.1.1.1" not in batch.data
    assert all(b"client.address" not in span.SerializeToString() for span in held(found))


@pytest.mark.parametrize(
    "data",
    [b"\x0a\x05webjs", b"\x0a\x0c\x12\x0awebjswebjs", request(WEBJS, "page", CLICK)[:-3]],
    ids=["no group", "no scope", "cut"],
)
def test_a_broken_request_of_a_browser_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedOtlp):
        read(data)


@pytest.mark.parametrize(
    "item", [b"\x0a", b"\x2a\x02\xff\xfe", b"\x4a\x05\x0a\x03ab"], ids=["cut", "no UTF-8", "cut inside"]
)
def test_one_broken_span_of_a_browser_refuses_the_whole_request(item: bytes) -> None:
    whole = request(WEBJS, "page", CLICK)
    scope = ScopeGroup(items=[item])
    group = ResourceGroup(scopes=[scope])
    with pytest.raises(MalformedOtlp):
        read(whole + Request(resources=[group]).SerializeToString())


marks = st.sampled_from(
    [
        (WEBJS, "page"),
        ({"telemetry.sdk.language": "go"}, "page"),
        ({"browser.language": ""}, "page"),
        ({"browser": "x"}, "page"),
        ({}, CLICKS),
        ({}, "webj"),
        ({"a": ["webjs"]}, "browse"),
    ]
)


@given(requests(), marks)
def test_what_has_none_of_the_marks_has_no_browser_telemetry(data: bytes, mark: tuple[dict[str, object], str]) -> None:
    own, both = reader(), data + request(*mark, CLICK)
    for one in (data, both):
        found = own.read(Batch(Signal.TRACES, one), UserHints(), None)
        assert found is None or own.may_be_browser(one)
    expected = is_a_browser_s(both)
    assert (own.read(Batch(Signal.TRACES, both), UserHints(), None) is not None) is expected


def is_a_browser_s(data: bytes) -> bool:
    """The rule of SPEC section 2 on the full parse."""
    for group in ExportTraceServiceRequest.FromString(data).resource_spans:
        own = attributes(group.resource.attributes)
        is_browser = own.get("telemetry.sdk.language") == "webjs" or any(key.startswith("browser.") for key in own)
        if any(is_browser or scope.scope.name == CLICKS for scope in group.scope_spans):
            return True
    return False


@given(requests())
def test_everything_of_a_browser_s_request_passes_or_is_held(data: bytes) -> None:
    both = data + request(WEBJS, "page", CLICK, {})
    found = read(both)
    assert found is not None
    again = RequestWriter(Signal.TRACES)
    for event, _, _ in found.observed:
        if isinstance(event.payload, Payload):
            origin = event.payload.origin
            again.add(origin.resource.header, origin.scope, event.payload.item)
    batches = [*again.finish(), *found.passing.finish()]
    sent = sorted(one.item.SerializeToString(deterministic=True) for one in items_of(Signal.TRACES, both))
    got = [one.item.SerializeToString(deterministic=True) for b in batches for one in items_of(Signal.TRACES, b.data)]
    assert sorted(got) == sent
    assert sum(len(parse(batch.data).resources) > 0 for batch in batches) == len(batches)


# ------------------------------------------------------------------ large requests
def large_request() -> bytes:
    """Of browsers and of a server, more than a piece; each third span is a click."""
    text = "t" * 10_000
    spans = [{**(CLICK if n % 3 == 0 else {}), "text": text} for n in range(100)]
    return request(WEBJS, CLICKS, *spans) + request({}, "server", *spans) + request(WEBJS, "other", *spans)


def read_in_steps(data: bytes, by: RequestReader | None = None) -> tuple[ReadRequest, int]:
    out, steps = ReadRequest(Signal.TRACES), 0
    for _ in (by or reader()).steps(Batch(Signal.TRACES, data), UserHints(), None, out):
        steps += 1
    return out, steps


def test_a_large_request_is_read_as_a_small_one_is_step_by_step() -> None:
    data = large_request()
    assert len(data) > 2 * CHUNK_BYTES
    found, steps = read_in_steps(data)
    assert steps > 2 and found.has_browser
    clicks = len([n for n in range(100) if n % 3 == 0])
    assert (len(held(found)), found.held_items, len(passing(found))) == (2 * clicks, 2 * clicks, 300 - 2 * clicks)
    assert found.held_bytes == sum(len(span.SerializeToString()) for span in held(found))


LARGE: dict[str, object] = {"url.full": "data:," + "A" * MAX_ITEM_BYTES}


def test_a_large_request_is_not_in_memory_twice_while_it_is_read() -> None:
    """Its items leave the list of the whole as they are read; what passes is written once more."""
    work = {"text": "t" * 100_000}
    data = request(WEBJS, "scope", *[work] * 200)
    into = ReadRequest(Signal.TRACES)
    tracemalloc.start()
    for _ in reader().steps(Batch(Signal.TRACES, data), UserHints(), None, into):
        pass
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 2.5 * len(data)


def test_an_item_that_is_too_large_to_look_into_is_copied_twice_until_it_is_on_its_way() -> None:
    """Once out of its request, and once into the one that goes on."""
    data = request(WEBJS, "page", {"text": "t" * (20 << 20)})
    into = ReadRequest(Signal.TRACES)
    tracemalloc.start()
    for _ in reader().steps(Batch(Signal.TRACES, data), UserHints(), None, into):
        pass
    (batch,) = into.passing.finish()
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert batch.data == data
    assert peak_bytes < 2.1 * len(data)


def test_what_passes_keeps_its_order_around_an_item_that_is_too_large_to_look_into() -> None:
    found = read(request(WEBJS, "page", {}, LARGE, {}, LARGE))
    assert found is not None and passing(found) == ["span 0", "span 1", "span 2", "span 3"]


def test_an_item_that_is_too_large_to_look_into_passes_and_the_rest_of_its_request_is_read() -> None:
    """As an object it may be fifty times as large (SPEC section 11)."""
    data = request(WEBJS, "page", CLICK, {**LARGE, **CLICK}, CLICK)
    found = read(data)
    assert found is not None
    assert ([span.name for span in held(found)], passing(found)) == (["span 0", "span 2"], ["span 1"])
    assert found.large_items == 1
    assert [event.kind for event, _, _ in found.observed] == [EventClass.INTERACTION] * 2


def test_a_large_item_passes_as_it_came_but_for_what_privacy_removes() -> None:
    sent = {**LARGE, "target.text": "secret", "client.address": "1.1.1.1"}
    (batch,) = read_in_steps(request(WEBJS, "page", sent))[0].passing.finish()
    assert batch.data == request(WEBJS, "page", sent)
    masked, _ = read_in_steps(request(WEBJS, "page", sent), reader(mask=True, drop_address=True))
    (batch,) = masked.passing.finish()
    assert b"secret" not in batch.data and b"1.1.1.1" not in batch.data and len(batch.data) > MAX_ITEM_BYTES


def test_what_stands_below_a_huge_resource_passes_and_the_rest_of_its_request_is_read() -> None:
    resource = {**WEBJS, "client.address": "1.1.1.1", "text": "t" * MAX_ITEM_BYTES}
    huge = request(resource, "page", {**CLICK, "target.text": "secret"}, {})
    data = huge + request(WEBJS, "page", CLICK)
    found = read(data)
    assert found is not None
    assert (len(held(found)), found.large_items) == (1, 2)
    (batch,) = found.passing.finish()
    assert batch.data == huge
    masked, _ = read_in_steps(data, reader(mask=True, drop_address=True))
    (batch,) = masked.passing.finish()
    assert b"secret" not in batch.data and b"1.1.1.1" not in batch.data and len(batch.data) > MAX_ITEM_BYTES


def test_what_is_no_browser_s_may_be_as_large_and_is_not_counted() -> None:
    found, _ = read_in_steps(request({}, "server", LARGE) + request(WEBJS, CLICKS, CLICK))
    assert (len(held(found)), len(passing(found)), found.large_items) == (1, 1, 0)


def test_a_large_resource_is_charged_once_by_what_is_held_below_it() -> None:
    resource: dict[str, object] = {**WEBJS, "text": "t" * 5000}
    found = read(request(resource, CLICKS, {}, CLICK, CLICK) + request(WEBJS, CLICKS, CLICK))
    assert found is not None
    own = [len(span.SerializeToString()) for span in held(found)]
    kept = [event.extra_bytes for event, _, _ in found.observed if event.payload is not None]
    assert 5000 < kept[0] - own[0] < 5200
    assert kept[1:] == own[1:]
    assert found.held_bytes == sum(kept)
