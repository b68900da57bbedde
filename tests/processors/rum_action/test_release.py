"""What is released goes back to where it came from, under the headers that it had, with its attributes."""

from __future__ import annotations

from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, Span

from otelrum.otlp.batch import Signal
from otelrum.otlp.values import key_value
from otelrum.processors.rum_action.config import AttributeNames
from otelrum.processors.rum_action.payload import Kept, Origin, Payload
from otelrum.processors.rum_action.release import Outgoing, outgoing
from otelrum.processors.rum_action.resources import Resources
from tests.processors.rum_action.in_process import items_of

SHOP, CART = "shop", "cart"


def origin(source: str, service: str = SHOP, signal: Signal = Signal.TRACES) -> Origin:
    """A place of its own, as each request makes one."""
    group = ResourceSpans()
    group.resource.attributes.append(key_value("service.name", service))
    facts = Resources(AttributeNames(), False).resource(group.SerializeToString())
    return Origin(signal, facts, b"", "", source)


def payload(place: Origin, name: str) -> Payload:
    return Payload(place, Span(name=name).SerializeToString())


def names(out: Outgoing) -> list[list[str]]:
    """The spans of each request."""
    return [[one.item.name for one in items_of(Signal.TRACES, b.data)] for b in out.items.finish()]  # type: ignore[union-attr]


def test_each_source_gets_its_own_back() -> None:
    one, other = origin("traces"), origin("traces/2")
    released = [(payload(one, "a"), None), (payload(other, "b"), None), (payload(one, "c"), None)]
    assert [(out.source, names(out)) for out in outgoing(released)] == [("traces", [["a", "c"]]), ("traces/2", [["b"]])]


def test_what_came_in_many_requests_goes_on_in_one_below_equal_headers() -> None:
    released = [(payload(origin("traces", service), name), None) for service, name in zip(
        (SHOP, CART, SHOP), "abc", strict=True)]  # fmt: skip
    (out,) = outgoing(released)
    (batch,) = out.items.finish()
    items = [(one.item.name, b"cart" in one.around[0]) for one in items_of(Signal.TRACES, batch.data)]  # type: ignore[union-attr]
    assert items == [("a", False), ("c", False), ("b", True)]


def test_all_that_share_attributes_get_them_and_others_keep_their_bytes() -> None:
    place = origin("traces")
    added: dict[str, object] = {"action.id": "x"}
    released = [(payload(place, "a"), added), (payload(place, "b"), None), (payload(place, "c"), added)]
    (out,) = outgoing(released)
    (batch,) = out.items.finish()
    got = {one.item.name: one.attributes for one in items_of(Signal.TRACES, batch.data)}  # type: ignore[union-attr]
    assert got == {"a": added, "b": {}, "c": added}


def test_places_in_the_journal_go_with_their_source() -> None:
    kept = Kept(1, 0, 0b11)
    first, second = payload(origin("traces"), "a"), payload(origin("traces"), "b")
    first.ref = kept, 0
    (out,) = outgoing([(first, None), (second, None)])
    assert out.refs == [(kept, 0)]
