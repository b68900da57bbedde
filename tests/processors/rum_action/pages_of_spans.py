"""Made-up pages for property tests: what a browser might send of a user who clicks about."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from otelrum.otlp.values import key_value

BASE_NS = 1_760_000_000 * 10**9
MS = 10**6


@dataclass(frozen=True)
class PageItem:
    """One span in short."""

    kind: str
    start_ms: int
    length_ms: int = 0
    target: str = "b"
    view: str = "v1"
    session: str = "s1"
    id: int = 0
    parent: int | None = None

    def moved(self, by_ms: int) -> PageItem:
        return replace(self, start_ms=self.start_ms + by_ms)


STOCK = "click request mutation task error work"
MODULE = "gesture activity frame exit timed"
"""What the page module sends besides."""


def pages(kinds: str = f"{STOCK} {MODULE}") -> st.SearchStrategy[list[PageItem]]:
    """Spans of two views and two sessions, some without either, with ids in their order."""
    page_items = st.builds(
        PageItem,
        kind=st.sampled_from(kinds.split()),
        # Edges on purpose: 30 ms is one click, 100 ms is idle, 1 s is a rage.
        start_ms=st.one_of(st.sampled_from([0, 1, 29, 30, 31, 99, 100, 101, 200, 999, 1000]), st.integers(0, 3000)),
        length_ms=st.one_of(st.sampled_from([0, 99, 100, 101]), st.integers(0, 1500)),
        target=st.sampled_from("ab"),
        view=st.sampled_from(["v1", "v1", "v1", "v2", ""]),
        session=st.sampled_from(["s1", "s1", "s1", "s2", ""]),
    )
    parents = st.one_of(st.none(), st.none(), st.integers(0, 11))
    return st.lists(st.tuples(page_items, parents), min_size=1, max_size=12).map(
        lambda found: [
            replace(one, id=n, parent=parent if parent is not None and parent < n else None)
            for n, (one, parent) in enumerate(found)
        ]
    )


def request(page_items: list[PageItem]) -> bytes:
    """The spans as one export request of a browser."""
    out = ExportTraceServiceRequest()
    group = out.resource_spans.add()
    group.resource.attributes.extend([key_value("telemetry.sdk.language", "webjs"), key_value("service.name", "shop")])
    for one in page_items:
        scope = group.scope_spans.add()
        scope.scope.name = SCOPES.get(one.kind, "page")
        scope.spans.append(span(one))
    return out.SerializeToString()


NAMES = {
    "mutation": "dom.mutation",
    "activity": "user.activity",
    "frame": "long-animation-frame",
    "exit": "page.exit",
}
SCOPES = {
    "click": "@opentelemetry/instrumentation-user-interaction",
    "request": "@opentelemetry/instrumentation-fetch",
    "task": "@opentelemetry/instrumentation-long-task",
}


def facts(one: PageItem) -> dict[str, object]:
    """The attributes of a span of this kind besides its page."""
    gesture = {"interaction.id": f"g{one.target}"}
    if one.kind in ("click", "gesture"):
        click = {"event_type": "click", "target_element": "BUTTON", "target_xpath": f'//*[@id="{one.target}"]'}
        module = {**gesture, "interaction.press_ms": 80, "interaction.x": 5, "interaction.y": 7.5}
        return {**click, **(module if one.kind == "gesture" else {})}
    if one.kind == "request":
        return {"url.full": f"http://shop.example/{one.target}"}
    if one.kind == "activity":
        return {**gesture, "user.activity.type": "scroll" if one.target == "a" else "input"}
    if one.kind == "frame":
        return {"long_animation_frame.told_ms": one.length_ms + 3}
    return {"action.type": "checkout"} if one.kind == "timed" else {}


def span(one: PageItem) -> Span:
    start_ns = BASE_NS + one.start_ms * MS
    out = Span(
        trace_id=b"t" * 15 + b"12"[one.session == "s2" :][:1],
        span_id=(one.id + 1).to_bytes(8),
        name=NAMES.get(one.kind, one.kind),
        kind=Span.SPAN_KIND_CLIENT if one.kind == "request" else Span.SPAN_KIND_INTERNAL,
        start_time_unix_nano=start_ns,
        end_time_unix_nano=start_ns + one.length_ms * MS,
    )
    if one.parent is not None:
        out.parent_span_id = (one.parent + 1).to_bytes(8)
    page_items: dict[str, object] = {"session.id": one.session, "view.id": one.view}
    page_items |= facts(one)
    out.attributes.extend(key_value(key, value) for key, value in page_items.items())
    if one.kind == "error":
        out.events.add(name="exception", time_unix_nano=start_ns)
    return out
