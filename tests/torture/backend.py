"""The backend under which otelrum is tortured: it keeps what came, and has moods."""

from __future__ import annotations

import enum
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import grpc
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from otelrum.otlp.batch import Signal
from otelrum.otlp.values import attributes
from tests.torture.keys import key_of
from tests.torture.victim import EXPORTS

SIGNALS = {method: signal for signal, method in EXPORTS.items()}
UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.so_reuseport", 0)]
SLOW_S = 1.0
REBIND_S = 0.1


class Mood(enum.Enum):
    """How it answers."""

    WELL = "well"
    AWAY = "refuses for now"
    GONE = "does not listen"
    SLOW = "slow"
    THROTTLING = "asks to come later"
    FORGETFUL = "takes it, and says that it did not"
    PARTLY = "takes it, with a partial success that rejects nothing"


class Backend(grpc.GenericRpcHandler):
    """Keeps the attributes of every span that came, copies too."""

    def __init__(self, delay_s: float = 0.0) -> None:
        self.got: dict[bytes, list[dict[str, object]]] = defaultdict(list)
        self.denied = 0
        """Spans that came, and that it said it has not: each has to come again."""
        self.mood = Mood.WELL
        self._delay_s = delay_s
        self._lock = threading.Lock()
        self.port = 0
        self._server: grpc.Server | None = None
        self._listen()

    def feel(self, mood: Mood) -> None:
        """Answer so from now on."""
        was, self.mood = self.mood, mood
        if mood is Mood.GONE:
            self.stop()
        elif was is Mood.GONE:
            self._listen()

    def stop(self) -> None:
        """Break all connections, and listen no more."""
        if self._server is not None:
            self._server.stop(0).wait()
            self._server = None

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[bytes, bytes]:
        signal = SIGNALS.get(details.method, Signal.TRACES)
        return grpc.unary_unary_rpc_method_handler(partial(self._take, signal))

    def keep(self, signal: Signal, request: bytes) -> int:
        """Remember what came; how many spans or records these were."""
        count = 0
        for item in records_of(request) if signal is Signal.LOGS else spans_of(request):
            self.got[key_of(item)].append(attributes(item.attributes))
            count += 1
        return count

    def _listen(self) -> None:
        while True:
            server = grpc.server(ThreadPoolExecutor(10), options=UNLIMITED)
            server.add_generic_rpc_handlers((self,))
            try:
                self.port = server.add_insecure_port(f"127.0.0.1:{self.port}")
                break
            except RuntimeError:  # those who were cut off keep the port for a moment
                time.sleep(REBIND_S)
        server.start()
        self._server = server

    def _take(self, signal: Signal, request: bytes, context: grpc.ServicerContext) -> bytes:
        mood = self.mood
        if mood is Mood.AWAY:
            context.abort(grpc.StatusCode.UNAVAILABLE, "away")
        if mood is Mood.THROTTLING:
            _throttle(context)
        time.sleep(SLOW_S if mood is Mood.SLOW else self._delay_s)
        with self._lock:
            count = self.keep(signal, request)
            self.denied += count if mood is Mood.FORGETFUL else 0
        if mood is Mood.FORGETFUL:
            context.abort(grpc.StatusCode.DEADLINE_EXCEEDED, "expired")
        if mood is Mood.PARTLY:
            partial = ExportTracePartialSuccess(error_message="a warning")
            return ExportTraceServiceResponse(partial_success=partial).SerializeToString()
        return b""


class CountingBackend(Backend):
    """Only counts how often each span came, and which of them are actions: for millions of them.

    It looks into what came when somebody asks: a backend that answers at once must not spend seconds on reading.
    """

    def __init__(self, delay_s: float = 0.0) -> None:
        super().__init__(delay_s)
        self._unread: deque[bytes] = deque()
        self._counts: Counter[bytes] = Counter()
        self._actions: set[bytes] = set()

    @property
    def counts(self) -> Counter[bytes]:
        self._read()
        return self._counts

    @property
    def actions(self) -> set[bytes]:
        self._read()
        return self._actions

    def keep(self, signal: Signal, request: bytes) -> int:
        self._unread.append(request)
        return 0

    def _read(self) -> None:
        while self._unread:
            for span in spans_of(self._unread.popleft()):
                id = span.trace_id + span.span_id
                self._counts[id] += 1
                if any(pair.key == "action.type" for pair in span.attributes):
                    self._actions.add(id)


def spans_of(request: bytes) -> Iterator[Span]:
    for group in ExportTraceServiceRequest.FromString(request).resource_spans:
        for scope in group.scope_spans:
            yield from scope.spans


def records_of(request: bytes) -> Iterator[LogRecord]:
    for group in ExportLogsServiceRequest.FromString(request).resource_logs:
        for scope in group.scope_logs:
            yield from scope.log_records


def _throttle(context: grpc.ServicerContext) -> None:
    status, info = Status(code=grpc.StatusCode.RESOURCE_EXHAUSTED.value[0], message="later"), RetryInfo()
    info.retry_delay.FromMilliseconds(300)
    status.details.add().Pack(info)
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "later")
