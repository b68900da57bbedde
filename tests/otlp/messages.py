"""Made-up OTLP for property tests: what senders write, and what they could."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from otelrum.otlp.batch import Request, ResourceGroup, ScopeGroup
from otelrum.otlp.values import key_value

texts = st.text(max_size=12)
keys = st.one_of(st.sampled_from(["action.id", "client.address", "target.text", "view.id"]), texts)
values: st.SearchStrategy[object] = st.recursive(
    st.one_of(
        st.none(),
        texts,
        st.booleans(),
        st.integers(-(2**63), 2**63 - 1),
        st.floats(allow_nan=False),
        st.binary(max_size=8),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(texts, inner, max_size=2)),
    max_leaves=4,
)
pairs: st.SearchStrategy[list[KeyValue]] = st.lists(st.builds(key_value, keys, values), max_size=4)

# Field 1007 of any message: no OTLP version knows it.
UNKNOWN = b"\xfa\x3e\x05extra"
unknown = st.sampled_from([b"", UNKNOWN])


@st.composite
def spans(draw: st.DrawFn) -> bytes:
    """A span's bytes, fields of later versions included."""
    span = Span(
        trace_id=draw(st.binary(max_size=16)),
        span_id=draw(st.binary(max_size=8)),
        name=draw(texts),
        kind=draw(st.sampled_from(Span.SpanKind.values())),
        start_time_unix_nano=draw(st.integers(0, 2**64 - 1)),
        attributes=draw(pairs),
    )
    for name in draw(st.lists(texts, max_size=2)):
        span.events.add(name=name, attributes=draw(pairs))
    return span.SerializeToString() + draw(unknown)


def headers(message: type[Resource] | type[InstrumentationScope]) -> st.SearchStrategy[list[bytes]]:
    """A resource or scope as senders write it: once, not at all, or in parts that are one when they are merged."""
    parts = st.lists(pairs, max_size=2)
    return parts.map(lambda lists: [message(attributes=part).SerializeToString() for part in lists])


def with_unknown(message: ResourceGroup | ScopeGroup, more: bytes) -> Any:
    return type(message).FromString(message.SerializeToString() + more)


names = texts.map(lambda name: InstrumentationScope(name=name).SerializeToString())
schemas = texts.map(str.encode)
scope_groups = st.builds(
    ScopeGroup,
    scope=st.one_of(headers(InstrumentationScope), st.lists(names, max_size=2)),
    items=st.lists(spans(), max_size=2),
    schema_url=schemas,
)
groups = st.builds(
    ResourceGroup,
    resource=headers(Resource),
    scopes=st.lists(st.builds(with_unknown, scope_groups, unknown), max_size=2),
    schema_url=schemas,
)


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """A trace export request, with empty groups, repeated parts and fields of later versions."""
    out = Request(resources=draw(st.lists(st.builds(with_unknown, groups, unknown), max_size=2))).SerializeToString()
    return out + draw(unknown)
