"""Made-up OTLP for property tests: what senders write, and what they could."""

from __future__ import annotations

from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span

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
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=5,
)
pairs: st.SearchStrategy[list[KeyValue]] = st.lists(st.builds(key_value, keys, values), max_size=6)

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
        kind=draw(st.integers(0, 5)),
        start_time_unix_nano=draw(st.integers(0, 2**64 - 1)),
        attributes=draw(pairs),
    )
    for name in draw(st.lists(texts, max_size=2)):
        span.events.add(name=name, attributes=draw(pairs))
    return span.SerializeToString() + draw(unknown)


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """A trace export request, with empty groups and repeated parts."""
    out = b""
    for _ in range(draw(st.integers(0, 3))):
        group = ResourceSpans(schema_url=draw(texts))
        group.resource.attributes.extend(draw(pairs))
        for _ in range(draw(st.integers(0, 3))):
            scope = ScopeSpans(schema_url=draw(texts))
            scope.scope.name = draw(texts)
            scope.spans.extend(Span.FromString(one) for one in draw(st.lists(spans(), max_size=3)))
            group.scope_spans.append(scope)
        part = ExportTraceServiceRequest()
        part.resource_spans.append(ResourceSpans.FromString(group.SerializeToString() + draw(unknown)))
        out += part.SerializeToString()
    return out + draw(unknown)
