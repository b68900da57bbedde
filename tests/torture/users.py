"""Users who click without end, and what must come of each of their actions."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from otelrum.otlp.batch import Signal
from otelrum.otlp.values import key_value

MS = 10**6
USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0"
LATE_SHARE = 0.05
LATE_S = 2.6
"""After the decision (2 s), before it is expired (4 s)."""


@dataclass(frozen=True)
class Request:
    """Spans that a browser sends together, and when."""

    at_s: float
    body: bytes
    spans: tuple[bytes, ...]
    """By their ids; log records by what names them (keys.py)."""
    signal: Signal = Signal.TRACES


@dataclass(frozen=True)
class Expected:
    """What the action's span must say, whatever happened on the way."""

    at_s: float
    """When the user acted."""
    head: bytes
    members: tuple[bytes, ...]
    loading_ns: int
    resources: int

    @property
    def spans(self) -> tuple[bytes, ...]:
        return self.head, *self.members


class User:
    """One session with one page load. Its actions are far enough apart that none touches another."""

    def __init__(self, number: int, seed: int, requests: tuple[int, int] = (1, 5)) -> None:
        """`requests` is how many an action sets off, at least and at most."""
        self._session = f"user-{number}"
        self._chance = random.Random(f"{seed}/{number}")
        self._requests = requests
        self._clicks = 0

    def act(self, now_s: float) -> tuple[list[Request], Expected]:
        """A click, what it sets off, and how it is sent: at once, a little later, and sometimes late."""
        self._clicks += 1
        t0_ns = time.time_ns()
        trace = self._chance.randbytes(16)
        click = self._span(trace, "click", t0_ns, 2, click=True)
        requests = [
            self._span(trace, "GET", t0_ns + 20 * n * MS, 60, parent=click.span_id)
            for n in range(1, 1 + self._chance.randint(*self._requests))
        ]
        work = self._span(trace, "work", t0_ns + MS, 5, parent=click.span_id)
        is_late = self._chance.random() < LATE_SHARE
        document = [self._document(t0_ns)] if self._clicks == 1 else []
        first, then = [*document, click, *requests[:1]], requests[1:] + ([] if is_late else [work])
        sent = [self._request(now_s, first), self._request(now_s + 0.4, then)]
        if is_late:
            sent.append(self._request(now_s + LATE_S, [work]))
        ids = tuple(span.trace_id + span.span_id for span in (*requests, work))
        loading_ns = max(span.end_time_unix_nano for span in requests) - t0_ns
        expected = Expected(now_s, trace + click.span_id, ids, loading_ns, len(requests))
        return [one for one in sent if one.spans], expected

    def _document(self, before_ns: int) -> Span:
        """The page's load, from which alone the session's actions have their view and browser."""
        span = self._span(self._chance.randbytes(16), "documentLoad", before_ns - 500 * MS, 400)
        attributes = {"view.name": f"home of {self._session}", "user_agent.original": USER_AGENT}
        span.attributes.extend(key_value(key, value) for key, value in attributes.items())
        return span

    def _span(
        self, trace: bytes, name: str, start_ns: int, length_ms: int, parent: bytes = b"", click: bool = False
    ) -> Span:
        span = Span(trace_id=trace, span_id=self._chance.randbytes(8), parent_span_id=parent, name=name)
        span.kind = Span.SPAN_KIND_CLIENT if name == "GET" else Span.SPAN_KIND_INTERNAL
        span.start_time_unix_nano, span.end_time_unix_nano = start_ns, start_ns + length_ms * MS
        attributes: dict[str, object] = {"session.id": self._session, "view.id": "view", "number": self._clicks}
        if click:
            attributes |= {"event_type": "click", "target_element": "BUTTON", "target_xpath": '//*[@id="b"]'}
        span.attributes.extend(key_value(key, value) for key, value in attributes.items())
        return span

    def _request(self, at_s: float, spans: list[Span]) -> Request:
        out = ExportTraceServiceRequest()
        group = out.resource_spans.add()
        group.resource.attributes.append(key_value("telemetry.sdk.language", "webjs"))
        group.scope_spans.add().spans.extend(spans)
        return Request(at_s, out.SerializeToString(), tuple(span.trace_id + span.span_id for span in spans))
