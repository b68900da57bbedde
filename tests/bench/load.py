"""Browser-shaped load: export requests as many pages send them.

A request at a gateway holds what several pages did (shapes.py); at the edge, one browser's spans of a few seconds;
as log records a click and what it loaded. One span in twenty comes late.
"""

from __future__ import annotations

import random
from collections import defaultdict, deque

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from otelrum.otlp.values import key_value
from tests.bench.shapes import MS, ScopedSpan, Shape, action

BASE_NS = 1_760_000_000 * 10**9
SPANS_AN_ACTION = 10

LATE = 0.05
"""Of the spans come some requests after the rest of their action."""
LATE_BY = 40


def requests(
    count: int, spans: int, pages: int, seed: int = 1, is_browser: bool = True, shape: Shape = action
) -> list[bytes]:
    """`count` requests of `spans` spans each, from `pages` pages."""
    chance = random.Random(seed)
    coming: deque[tuple[int, list[ScopedSpan]]] = deque()
    """What is to be sent, by the number of the request that it may come with at the earliest."""
    out = []
    for n in range(count):
        left, groups = spans, []
        while left:
            if coming and coming[0][0] <= n:
                group = coming.popleft()[1]
            else:
                page = chance.randrange(pages)
                group, late = parted(shape(f"s{page}", f"v{page}", BASE_NS + n * 40 * MS), chance)
                if late:
                    coming.append((n + LATE_BY, late))
            groups.append(group[:left])
            if group[left:]:
                coming.appendleft((n, group[left:]))
            left -= len(group[:left])
        out.append(written(groups, is_browser))
    return out


def parted(spans: list[ScopedSpan], chance: random.Random) -> tuple[list[ScopedSpan], list[ScopedSpan]]:
    """What comes at once, its click among it, and what comes late."""
    late = [one for one in spans[1:] if chance.random() < LATE]
    return [one for one in spans if one not in late], late


def written(groups: list[list[ScopedSpan]], is_browser: bool) -> bytes:
    """One export request: a resource for each page."""
    request = ExportTraceServiceRequest()
    language = "webjs" if is_browser else "java"
    resource = {"service.name": "shop", "service.version": "1.2.3", "telemetry.sdk.language": language}
    for scoped_spans in groups:
        group = request.resource_spans.add()
        group.resource.attributes.extend(key_value(key, value) for key, value in resource.items())
        by_scope: dict[str, list[Span]] = defaultdict(list)
        for scope, span in scoped_spans:
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
            attributes = {"session.id": f"s{page}", "view.id": f"v{page}", **own}
            record.attributes.extend(key_value(key, value) for key, value in attributes.items())
        out.append(request.SerializeToString())
    return out


CLICKED: dict[str, object] = {"browser.css_selector": "#list > li > button", "browser.tag_name": "BUTTON"}


def timing(number: int) -> dict[str, object]:
    """One request, as its record has it."""
    times = {"fetch_start": 1000.0 + 20 * number, "duration": 15.0, "initiator_type": "fetch"}
    own: dict[str, object] = {f"browser.resource_timing.{key}": value for key, value in times.items()}
    return own | {"url.full": f"https://shop.example/api/items/{number}"}
