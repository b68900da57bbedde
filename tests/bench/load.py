"""Browser-shaped load: export requests as many pages send them, with ids that never repeat.

An action is ten spans: a click, four requests, two images, two mutations, a long task; as log records
the click and what it loaded. A request at a gateway holds actions of several pages; at the edge, one
browser's spans of a few seconds. One span in twenty comes late.
"""

from __future__ import annotations

import os
import random
from collections import defaultdict, deque

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
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

ScopedSpan = tuple[str, Span]


LATE = 0.05
"""Of the spans come some requests after the rest of their action."""
LATE_BY = 40


def requests(count: int, spans: int, pages: int, seed: int = 1, is_browser: bool = True) -> list[bytes]:
    """`count` requests of `spans` spans each, from `pages` pages."""
    chance = random.Random(seed)
    coming: deque[tuple[int, list[ScopedSpan]]] = deque()
    """What is to be sent, by the number of the request that it may come with at the earliest."""
    out = []
    for n in range(count):
        left, groups = spans, []
        while left:
            if coming and coming[0][0] <= n:
                spans = coming.popleft()[1]
            else:
                page = chance.randrange(pages)
                spans, late = parted(action(f"s{page}", f"v{page}", BASE_NS + n * 40 * MS), chance)
                if late:
                    coming.append((n + LATE_BY, late))
            groups.append(spans[:left])
            if spans[left:]:
                coming.appendleft((n, spans[left:]))
            left -= len(spans[:left])
        out.append(written(groups, is_browser))
    return out


def parted(spans: list[ScopedSpan], chance: random.Random) -> tuple[list[ScopedSpan], list[ScopedSpan]]:
    """What comes at once, its click among it, and what comes late."""
    late = [one for one in spans[1:] if chance.random() < LATE]
    return [one for one in spans if one not in late], late


def action(session: str, view: str, t0_ns: int) -> list[ScopedSpan]:
    """The spans of one click and what it sets off."""
    trace = os.urandom(16)
    page = {"session.id": session, "view.id": view, "view.url": "https://shop.example/products/42?ref=home"}

    def spans(
        scope: str, name: str, start: int, length: int, own: dict[str, object], parent: bytes = b""
    ) -> ScopedSpan:
        span = Span(trace_id=trace, span_id=os.urandom(8), parent_span_id=parent, name=name)
        span.kind = Span.SPAN_KIND_CLIENT if scope == FETCH else Span.SPAN_KIND_INTERNAL
        span.start_time_unix_nano, span.end_time_unix_nano = t0_ns + start * MS, t0_ns + (start + length) * MS
        span.attributes.extend(key_value(key, value) for key, value in (page | own).items())
        return scope, span

    xpath = '//*[@id="list"]/li[2]/button'
    click = spans(CLICK, "click", 0, 3, {"event_type": "click", "target_element": "BUTTON", "target_xpath": xpath})
    fetched = {"http.request.method": "GET", "http.response.status_code": 200, "server.address": "shop.example"}
    out = [click]
    for n in range(4):
        url = {"url.full": f"https://shop.example/api/items/{n}", "http.response_content_length": 1234}
        out.append(spans(FETCH, "GET", 5 + 20 * n, 90, fetched | url, click[1].span_id))
    out += [spans(DOCUMENT, "resourceFetch", 30, 60, {"url.full": f"https://cdn.example/{n}.png"}) for n in range(2)]
    out += [spans("page", "dom.mutation", 100 + 30 * n, 0, {"mutation.records": 3}) for n in range(2)]
    out.append(spans(LONG_TASK, "longtask", 0, 60, {"longtask.duration": 60, "longtask.name": "self"}))
    return out


def written(groups: list[list[ScopedSpan]], is_browser: bool) -> bytes:
    """One export request: a resource for each page."""
    request = ExportTraceServiceRequest()
    language = "webjs" if is_browser else "java"
    resource = {"service.name": "shop", "service.version": "1.2.3", "telemetry.sdk.language": language}
    for spans in groups:
        group = request.resource_spans.add()
        group.resource.attributes.extend(key_value(key, value) for key, value in resource.items())
        by_scope: dict[str, list[Span]] = defaultdict(list)
        for scope, span in spans:
            by_scope[scope].append(span)
        for scope, spans in by_scope.items():
            scoped = group.scope_spans.add()
            scoped.scope.name = scope if is_browser else scope.rpartition("/")[2]
            scoped.scope.version = "0.60.0"
            scoped.spans.extend(spans)
    return request.SerializeToString()


def log_requests(count: int, records: int, pages: int, seed: int = 1) -> list[bytes]:
    """`count` requests of `records` log records each: a click and what it loaded, as the browser reports them."""
    chance = random.Random(seed)
    out = []
    for n in range(count):
        page, t0_ns = chance.randrange(pages), BASE_NS + n * 40 * MS
        request = ExportLogsServiceRequest()
        group = request.resource_logs.add()
        resource = {"service.name": "shop", "telemetry.sdk.language": "webjs"}
        group.resource.attributes.extend(key_value(key, value) for key, value in resource.items())
        scope = group.scope_logs.add()
        for at in range(records):
            record = scope.log_records.add()
            record.time_unix_nano = t0_ns + at * 20 * MS + chance.randrange(MS)
            own = CLICKED if at == 0 else timing(at)
            record.event_name = "browser.user_action.click" if at == 0 else "browser.resource_timing"
            spans = {"session.id": f"s{page}", "view.id": f"v{page}", **own}
            record.attributes.extend(key_value(key, value) for key, value in spans.items())
        out.append(request.SerializeToString())
    return out


CLICKED: dict[str, object] = {"browser.css_selector": "#list > li > button", "browser.tag_name": "BUTTON"}


def timing(number: int) -> dict[str, object]:
    """One request, as its record has it."""
    times = {"fetch_start": 1000.0 + 20 * number, "duration": 15.0, "initiator_type": "fetch"}
    spans: dict[str, object] = {f"browser.resource_timing.{key}": value for key, value in times.items()}
    return spans | {"url.full": f"https://shop.example/api/items/{number}"}
