"""Single items through a bridge, for its tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, Span

from otelrum.actions.model import Event, SessionKey
from otelrum.actions.settings import Settings
from otelrum.otlp.batch import Signal
from otelrum.otlp.values import key_value
from otelrum.processors.rum_action.bridge import Bridge, ReadItem
from otelrum.processors.rum_action.config import AttributeNames
from otelrum.processors.rum_action.hints import UserHints
from otelrum.processors.rum_action.payload import Origin
from otelrum.processors.rum_action.resources import Resources

MS = 10**6
TRACE, SPAN, PARENT = b"t" * 16, b"s" * 8, b"p" * 8


class Reading:
    """A bridge and where its items stand."""

    def __init__(
        self,
        mask: bool = False,
        network_errors: bool = False,
        set_: dict[str, Any] | None = None,
        **resource: object,
    ) -> None:
        """`set_` are fields of Settings."""

        self.malformed = 0
        settings = Settings(mask=mask, network_errors=network_errors, excluded_activity_urls=("/poll",))
        self._bridge = Bridge(replace(settings, **set_ or {}), AttributeNames(), self._count)
        attributes = {"service.name": "shop", "telemetry.sdk.language": "webjs"} | resource
        group = ResourceSpans()
        group.resource.attributes.extend(key_value(key, value) for key, value in attributes.items())
        self._facts = Resources(AttributeNames(), False).resource(group.SerializeToString())

    def _count(self) -> None:
        self.malformed += 1

    def item(self, item: Span | LogRecord, scope: str = "page", hints: UserHints | None = None) -> ReadItem:
        signal = Signal.LOGS if isinstance(item, LogRecord) else Signal.TRACES
        return self.data(item.SerializeToString(), signal, scope, hints)

    def data(
        self, item: bytes, signal: Signal = Signal.TRACES, scope: str = "page", hints: UserHints | None = None
    ) -> ReadItem:
        return self._bridge.read(item, Origin(signal, self._facts, b"", scope, None), hints or UserHints())


def span(attributes: Mapping[str, object] | None = None, **fields: Any) -> Span:
    out = Span(**{"trace_id": TRACE, "span_id": SPAN, "name": "work", **fields})
    out.attributes.extend(key_value(key, value) for key, value in (attributes or {}).items())
    return out


def record(event_name: str = "", attributes: Mapping[str, object] | None = None, **fields: Any) -> LogRecord:
    out = LogRecord(event_name=event_name, **{"time_unix_nano": 7 * MS, **fields})
    out.attributes.extend(key_value(key, value) for key, value in (attributes or {}).items())
    return out


def event_of(item: Span | LogRecord, **settings: Any) -> Event:
    return Reading(**settings).item(item)[0]


def key_of(item: Span | LogRecord, **resource: object) -> tuple[SessionKey, str, str]:
    event, key, _ = Reading(**resource).item(item)  # type: ignore[arg-type]
    return key, event.view, event.tab
