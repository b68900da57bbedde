"""Browser-shaped load: export requests as many pages send them, with ids that never repeat.

An action is ten spans: a click, four requests, two images, two mutations, a long task. A request at a
gateway holds actions of several pages; at the edge, one browser's spans of a few seconds.
"""

from __future__ import annotations

import os
import random
from collections import defaultdict

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from otelrum.otlp.values import key_value

MS = 10**6
BASE_NS = 1_760_000_000 * 10**9
SPANS_AN_ACTION = 10

CLICK = "@opentelemetry/instrumentation-user-interaction"
FETCH = "@opentelemetry/instrumentation-fetch"
DOCUMENT = "@opentelemetry/instrumentation-document-load"
LONG_TASK = "@opentelemetry/instrumentation-long-task"

Told = tuple[str, Span]


def requests(count: int, spans: int, pages: int, seed: int = 1, is_browser: bool = True) -> list[bytes]:
    """`count` requests of `spans` spans each, from `pages` pages."""
    chance = random.Random(seed)
    pending: dict[int, list[Told]] = {}
    out = []
    for n in range(count):
        left, groups = spans, []
        while left:
            page = chance.randrange(pages)
            rest = pending.pop(page, None) or action(f"s{page}", f"v{page}", BASE_NS + n * 40 * MS)
            groups.append(rest[:left])
            if rest[left:]:
                pending[page] = rest[left:]
            left -= len(rest[:left])
        out.append(written(groups, is_browser))
    return out


def action(session: str, view: str, t0_ns: int) -> list[Told]:
    """The spans of one click and what it sets off."""
    trace = os.urandom(16)
    page = {"session.id": session, "view.id": view, "view.url": "https://shop.example/products/42?ref=home"}

    def told(scope: str, name: str, start: int, length: int, own: dict[str, object], parent: bytes = b"") -> Told:
        span = Span(trace_id=trace, span_id=os.urandom(8), parent_span_id=parent, name=name)
        span.kind = Span.SPAN_KIND_CLIENT if scope == FETCH else Span.SPAN_KIND_INTERNAL
        span.start_time_unix_nano, span.end_time_unix_nano = t0_ns + start * MS, t0_ns + (start + length) * MS
        span.attributes.extend(key_value(key, value) for key, value in (page | own).items())
        return scope, span

    xpath = '//*[@id="list"]/li[2]/button'
    click = told(CLICK, "click", 0, 3, {"event_type": "click", "target_element": "BUTTON", "target_xpath": xpath})
    fetched = {"http.request.method": "GET", "http.response.status_code": 200, "server.address": "shop.example"}
    out = [click]
    for n in range(4):
        url = {"url.full": f"https://shop.example/api/items/{n}", "http.response_content_length": 1234}
        out.append(told(FETCH, "GET", 5 + 20 * n, 90, fetched | url, click[1].span_id))
    out += [told(DOCUMENT, "resourceFetch", 30, 60, {"url.full": f"https://cdn.example/{n}.png"}) for n in range(2)]
    out += [told("page", "dom.mutation", 100 + 30 * n, 0, {"mutation.records": 3}) for n in range(2)]
    out.append(told(LONG_TASK, "longtask", 0, 60, {"longtask.duration": 60, "longtask.name": "self"}))
    return out


def written(groups: list[list[Told]], is_browser: bool) -> bytes:
    """One export request: a resource for each page."""
    request = ExportTraceServiceRequest()
    language = "webjs" if is_browser else "java"
    resource = {"service.name": "shop", "service.version": "1.2.3", "telemetry.sdk.language": language}
    for told in groups:
        group = request.resource_spans.add()
        group.resource.attributes.extend(key_value(key, value) for key, value in resource.items())
        by_scope: dict[str, list[Span]] = defaultdict(list)
        for scope, span in told:
            by_scope[scope].append(span)
        for scope, spans in by_scope.items():
            scoped = group.scope_spans.add()
            scoped.scope.name = scope if is_browser else scope.rpartition("/")[2]
            scoped.scope.version = "0.60.0"
            scoped.spans.extend(spans)
    return request.SerializeToString()
