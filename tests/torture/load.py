"""Sends browser telemetry at a rate, and remembers what was acknowledged."""

from __future__ import annotations

import itertools
import math
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import grpc
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.bench.load import requests
from tests.torture.victim import EXPORT

SPANS = 100
"""A request, where nothing else is said: what a collector beside the pages sends on."""

SENDERS = 4
PATIENCE_S = 20.0


@dataclass
class Heard:
    """What the senders heard."""

    acknowledged: set[bytes] = field(default_factory=set)
    refused: int = 0
    """Spans that were not taken, and not sent again."""
    codes: set[grpc.StatusCode] = field(default_factory=set)
    """Why not."""
    acknowledged_after_s: list[float] = field(default_factory=list)
    """How long each acknowledgement took."""
    refused_after_s: list[float] = field(default_factory=list)
    refused_at: float = 0.0
    """When the last refusal was heard (time.monotonic)."""

    def after_ms(self, quantile: float) -> float:
        """How long this part of the acknowledgements took at most."""
        return _quantile(self.acknowledged_after_s, quantile) * 1000

    def refused_after_ms(self, quantile: float) -> float:
        """How long this part of the refusals took at most."""
        return _quantile(self.refused_after_s, quantile) * 1000


class Sender:
    """Some connections to one collector."""

    def __init__(self, port: int, connections: int = SENDERS, spans: int = SPANS, again_s: float = 0.0) -> None:
        """`again_s` is how long a connection rests after a refusal."""
        self.heard = Heard()
        self._again_s = again_s
        self._spans = spans
        self._lock = threading.Lock()
        options = [("grpc.use_local_subchannel_pool", 1), ("grpc.max_reconnect_backoff_ms", 500)]
        channels = [grpc.insecure_channel(f"127.0.0.1:{port}", options=options) for _ in range(connections)]
        self._calls: list[grpc.UnaryUnaryMultiCallable[bytes, bytes]] = [
            channel.unary_unary(EXPORT) for channel in channels
        ]

    def send(self, bodies: list[bytes], spans_a_second: float | None = None, until: float = math.inf) -> None:
        """Send these, evenly at this rate or as fast as answers come; returns when all are answered, or it is time."""
        begin, steps = time.monotonic(), itertools.count()

        def one(call: grpc.UnaryUnaryMultiCallable[bytes, bytes]) -> None:
            while (step := next(steps)) < len(bodies) and time.monotonic() < until:
                if spans_a_second is not None:
                    time.sleep(max(0.0, begin + step * self._spans / spans_a_second - time.monotonic()))
                self._send(call, bodies[step])

        with ThreadPoolExecutor(len(self._calls)) as threads:
            list(threads.map(one, self._calls))

    def _send(self, call: grpc.UnaryUnaryMultiCallable[bytes, bytes], body: bytes) -> None:
        begin = time.perf_counter()
        try:
            call(body, timeout=PATIENCE_S)
        except grpc.RpcError as error:
            assert isinstance(error, grpc.Call)
            with self._lock:
                self.heard.refused += self._spans
                self.heard.codes.add(error.code())
                self.heard.refused_after_s.append(time.perf_counter() - begin)
                self.heard.refused_at = time.monotonic()
            time.sleep(self._again_s)
            return
        taken_s = time.perf_counter() - begin
        with self._lock:
            self.heard.acknowledged_after_s.append(taken_s)
            self.heard.acknowledged.update(_ids(body))


def bodies(spans: int, pages: int = 2000, seed: int = 1, a_request: int = SPANS) -> list[bytes]:
    """Requests with so many spans together, no two of them alike."""
    return requests(max(1, spans // a_request), a_request, pages, seed)


def _quantile(values: list[float], quantile: float) -> float:
    return sorted(values)[min(int(len(values) * quantile), len(values) - 1)] if values else 0.0


def _ids(body: bytes) -> list[bytes]:
    groups = ExportTraceServiceRequest.FromString(body).resource_spans
    return [span.trace_id + span.span_id for group in groups for scope in group.scope_spans for span in scope.spans]
