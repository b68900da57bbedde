"""A `rum_action` in this process, with a clock set by hand and consumers that record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from otelrum.collector.component import Component, Consumer, PipelineId
from otelrum.collector.errors import OtelrumError
from otelrum.collector.telemetry import Telemetry
from otelrum.otlp.batch import Batch, Signal
from otelrum.otlp.values import attributes
from otelrum.processors.rum_action.config import RumActionConfig
from otelrum.processors.rum_action.processor import RumAction
from otelrum.testing import Extensions, ManualClock, RecordingConsumer, build

Item = Span | LogRecord
MINUTE_NS = 60 * 10**9


class Received:
    """One item that came out or went in, with what surrounded it."""

    def __init__(self, resource: bytes, scope: bytes, item: Item) -> None:
        self.around = resource, scope
        self.item = item
        self.attributes = attributes(item.attributes)
        self.keys = [pair.key for pair in item.attributes]

    @property
    def span_id(self) -> str:
        return self.item.span_id.hex()

    def added_to(self, sent: Received) -> dict[str, object]:
        """What it has beyond what was sent. Raises AssertionError where the rest is not as it was."""
        extra = [key for key in self.keys if key not in sent.attributes]
        assert len(set(extra)) == len(extra), f"added twice: {extra}"
        rest = deepcopy(self.item)
        kept = [pair for pair in self.item.attributes if pair.key in sent.attributes]
        del rest.attributes[:]
        rest.attributes.extend(kept)
        assert rest == sent.item, "something else than attributes was changed"
        assert self.around == sent.around, "resource or scope was changed"
        return {key: self.attributes[key] for key in extra}


def items_of(signal: Signal, data: bytes) -> Iterator[Received]:
    """What a request has in it."""
    if signal is Signal.LOGS:
        for logs in ExportLogsServiceRequest.FromString(data).resource_logs:
            for scoped in logs.scope_logs:
                for record in scoped.log_records:
                    yield Received(_bytes(logs.resource), _bytes(scoped.scope), record)
        return
    for group in ExportTraceServiceRequest.FromString(data).resource_spans:
        for scope in group.scope_spans:
            for span in scope.spans:
                yield Received(_bytes(group.resource), _bytes(scope.scope), span)


def _bytes(message: object) -> bytes:
    data: bytes = message.SerializeToString(deterministic=True)  # type: ignore[attr-defined]
    return data


class Run:
    """The processor between two consumers, which record unless others are given."""

    def __init__(
        self,
        settings: Mapping[str, object] | None = None,
        extensions: Mapping[str, Component] | None = None,
        traces: Consumer | None = None,
    ) -> None:
        self.clock, self.telemetry = ManualClock(), Telemetry()
        self.host = Extensions(extensions)
        self.out = {Signal.TRACES: RecordingConsumer(), Signal.LOGS: RecordingConsumer()}
        config = RumActionConfig.model_validate(dict(settings or {}))
        self.processor = RumAction(config, build("rum_action", self.clock, self.telemetry))
        ends: dict[Signal, Consumer] = {**self.out}
        if traces is not None:
            ends[Signal.TRACES] = traces
        self.doors = {signal: self.processor.connect(PipelineId(signal), end) for signal, end in ends.items()}

    async def take(self, requests: Sequence[tuple[float, Signal, bytes]]) -> list[OtelrumError]:
        """Start, and give it requests at their times in ms; what it refused."""
        await self.processor.start(self.host)
        refused, now_ms = [], 0.0
        for at_ms, signal, data in requests:
            if at_ms > now_ms:
                await self.clock.advance((at_ms - now_ms) / 1000)
                now_ms = at_ms
            try:
                await self.doors[signal].consume(Batch(signal, data))
            except OtelrumError as error:
                refused.append(error)
        return refused

    @property
    def received(self) -> list[Received]:
        """What has come out."""
        return [one for s, out in self.out.items() for b in out.batches for one in items_of(s, b.data)]

    async def end(self) -> list[Received]:
        """Drain it; everything that came out."""
        await self.processor.shutdown(self.clock.now_ns() + MINUTE_NS)
        assert not self.host.failures
        return self.received

    def metric(self, name: str, **labels: str) -> float:
        """One of its numbers."""
        series = name, tuple(sorted({"component": "rum_action", **labels}.items()))
        return self.telemetry.snapshot()[series]
