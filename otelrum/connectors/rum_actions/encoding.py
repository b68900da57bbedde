"""Writes an action as a span and as an event (SPEC section 14)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ScopeLogs
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from otelrum.connectors.rum_actions.config import RumActionsConfig
from otelrum.connectors.rum_actions.reading import EVENT_NAME, FinishedAction
from otelrum.otlp.batch import Signal
from otelrum.otlp.select import Selection, written

SCOPE: Final = ScopeLogs(scope=InstrumentationScope(name="otelrum")).SerializeToString()
"""Resource and scope of everything that is written here, alike for spans."""

_ACTION_KEYS: Final = ("action.*", "view.*", "context.*", "session.id", "user_agent.*", "os.*", "geo.*")
_ERROR: Final = Status(code=Status.STATUS_CODE_ERROR)


class ActionEncoder:
    """What a configuration says of both: the span's kind, and which attributes are inherited ones."""

    __slots__ = ("_kind", "_selection")

    def __init__(self, config: RumActionsConfig) -> None:
        self._kind = Span.SpanKind.Value(f"SPAN_KIND_{config.span_kind.upper()}")
        self._selection = Selection([*_ACTION_KEYS, *config.inherit])

    def attributes(self, action: FinishedAction) -> list[bytes]:
        """What both have of an action, as `otlp/select.py` takes it out."""
        return self._selection.of(action.item, action.signal)

    def span(self, action: FinishedAction, attributes: Sequence[bytes]) -> bytes:
        """As long as the action lasted, below the span that it stands on."""
        span = Span(
            trace_id=action.own_trace_id,
            span_id=action.own_span_id,
            parent_span_id=action.span_id,
            name=action.name,
            kind=self._kind,
            start_time_unix_nano=action.start_ns,
            end_time_unix_nano=action.end_ns,
            status=_ERROR if action.is_error else None,
        )
        return span.SerializeToString() + written(attributes, Signal.TRACES)

    def event(self, action: FinishedAction, attributes: Sequence[bytes], observed_ns: int) -> bytes:
        """At the moment of the click; the body is what a list of logs shows."""
        record = LogRecord(
            time_unix_nano=action.start_ns,
            observed_time_unix_nano=observed_ns,
            body=AnyValue(string_value=action.name),
            trace_id=action.trace_id,
            span_id=action.span_id,
            event_name=EVENT_NAME,
        )
        return record.SerializeToString() + written(attributes, Signal.LOGS)
