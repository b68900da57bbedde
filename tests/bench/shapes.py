"""What a page sends at once: its spans, each with the scope that it stands under, and ids that never repeat.

- `instrumentation`: stock instrumentation and a small hook; ten spans a click: the click, four requests, two images,
  two mutations, a long task.
- `module`: the page module beside the instrumentation of requests (SPEC section 16); fourteen spans a click: the
  click, two of user activity, four requests, two images, three mutations, two long animation frames.
- `page load`: nobody clicks; 62 spans: the document's two and 60 resources.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from opentelemetry.proto.trace.v1.trace_pb2 import Span

from otelrum.otlp.values import key_value

MS = 10**6
PAGE = "page"
CLICK = "@opentelemetry/instrumentation-user-interaction"
FETCH = "@opentelemetry/instrumentation-fetch"
DOCUMENT = "@opentelemetry/instrumentation-document-load"
LONG_TASK = "@opentelemetry/instrumentation-long-task"

ScopedSpan = tuple[str, Span]
"""A span behind the name of its scope."""

XPATH = '//*[@id="list"]/li[2]/button'


class Page:
    """Makes spans of one page in one trace; times are ms after `t0_ns`."""

    def __init__(self, session: str, view: str, t0_ns: int) -> None:
        self.trace = os.urandom(16)
        self.t0_ns = t0_ns
        self.own = {"session.id": session, "view.id": view, "view.url": "https://shop.example/products/42?ref=home"}

    def span(
        self, scope: str, name: str, start: int, length: int, own: Mapping[str, object], parent: bytes = b""
    ) -> ScopedSpan:
        """One span; a root of its trace where it has no parent."""
        span = Span(trace_id=self.trace, span_id=os.urandom(8), parent_span_id=parent, name=name)
        span.kind = Span.SPAN_KIND_CLIENT if scope == FETCH else Span.SPAN_KIND_INTERNAL
        start_ns = self.t0_ns + start * MS
        span.start_time_unix_nano, span.end_time_unix_nano = start_ns, start_ns + length * MS
        span.attributes.extend(key_value(key, value) for key, value in {**self.own, **own}.items())
        return scope, span

    def requests(self, parent: bytes) -> list[ScopedSpan]:
        """Four requests and two images."""
        fetched = {"http.request.method": "GET", "http.response.status_code": 200, "server.address": "shop.example"}
        urls = [
            {"url.full": f"https://shop.example/api/items/{n}", "http.response_content_length": 1234} for n in range(4)
        ]
        out = [self.span(FETCH, "GET", 5 + 20 * n, 90, fetched | url, parent) for n, url in enumerate(urls)]
        return out + [self.resource(n, 30) for n in range(2)]

    def resource(self, number: int, start: int, parent: bytes = b"") -> ScopedSpan:
        """One file, as the document's instrumentation reports it."""
        return self.span(
            DOCUMENT, "resourceFetch", start, 60, {"url.full": f"https://cdn.example/{number}.png"}, parent
        )


def action(session: str, view: str, t0_ns: int) -> list[ScopedSpan]:
    """A click and what it sets off."""
    page = Page(session, view, t0_ns)
    clicked = {"event_type": "click", "target_element": "BUTTON", "target_xpath": XPATH}
    click = page.span(CLICK, "click", 0, 3, clicked)
    mutations = [page.span(PAGE, "dom.mutation", 100 + 30 * n, 0, {"mutation.records": 3}) for n in range(2)]
    long_task = page.span(LONG_TASK, "longtask", 0, 60, {"longtask.duration": 60, "longtask.name": "self"})
    return [click, *page.requests(click[1].span_id), *mutations, long_task]


def module_action(session: str, view: str, t0_ns: int) -> list[ScopedSpan]:
    """The same as the page module reports it."""
    page = Page(session, view, t0_ns)
    gesture = {"interaction.id": os.urandom(8).hex()}
    where = {"interaction.press_ms": 80, "interaction.x": 12, "interaction.y": 9, "interaction.button": 0}
    target = {"target.width": 120, "target.height": 32, "target.text": "Add to cart", "target.type": "submit"}
    clicked = {"event_type": "click", "target_element": "BUTTON", "target_xpath": XPATH}
    click = page.span(PAGE, "click", 0, 0, clicked | gesture | where | target)
    kinds = [{"user.activity.type": kind} | gesture for kind in ("scroll", "selection")]
    activities = [page.span(PAGE, "user.activity", 400 + 20 * n, 0, kind) for n, kind in enumerate(kinds)]
    mutations = [page.span(PAGE, "dom.mutation", 100 + 30 * n, 0, {"mutation.records": 3}) for n in range(3)]
    frame = {"long_animation_frame.told_ms": 70.0}
    frames = [page.span(PAGE, "long-animation-frame", 90 * n, 62, frame) for n in range(2)]
    return [click, *activities, *page.requests(b""), *mutations, *frames]


def page_load(session: str, view: str, t0_ns: int) -> list[ScopedSpan]:
    """A document and what it is made of."""
    page = Page(session, view, t0_ns)
    document = page.span(DOCUMENT, "documentLoad", 0, 900, {"user_agent.original": "Mozilla/5.0 (X11; Linux x86_64)"})
    parent = document[1].span_id
    fetched = page.span(DOCUMENT, "documentFetch", 1, 80, {"url.full": "https://shop.example/products/42"}, parent)
    return [document, fetched, *(page.resource(n, 100 + 10 * n, parent) for n in range(60))]


Shape = Callable[[str, str, int], list[ScopedSpan]]
"""Given a session's id, a view's id and a time in ns."""

SHAPES: dict[str, Shape] = {"instrumentation": action, "module": module_action, "page load": page_load}
