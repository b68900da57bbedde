"""What a span or record of a browser is for sampling: of which actions, or of which class."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from google.protobuf.message import DecodeError

from otelrum.actions.classify import Classifier
from otelrum.actions.event_class import EventClass
from otelrum.actions.facts import is_browser, text
from otelrum.actions.settings import Settings
from otelrum.otlp.batch import Signal
from otelrum.otlp.errors import MalformedOtlp
from otelrum.otlp.headers import Headers
from otelrum.otlp.pb.views_pb2 import RecordView, SpanName
from otelrum.otlp.spans import KeyFilter, SpanFacts, read_span
from otelrum.otlp.values import mapped
from otelrum.processors.action_sampling.config import ActionSamplingConfig
from otelrum.processors.action_sampling.policies import ActionFacts

_HELPERS: Final = frozenset({b"dom.mutation", b"user.activity", b"page.exit", b"view"})
_FRAME: Final = re.compile(rb"(?:.*\.)?long[-_]animation[-_]frame", re.DOTALL)
"""Spans that only otelrum needs, by their names."""

_CLASSES: Final[Mapping[int, str]] = {
    EventClass.RESOURCE: "resource",
    EventClass.MUTATION: "mutation",
    EventClass.USER_ACTIVITY: "user_activity",
    EventClass.LONG_TASK: "long_task",
    EventClass.FRAME: "long_task",
    EventClass.ERROR: "error",
}
_ACTION: Final = (
    "action.id", "action.ids", "action.type", "action.name", "action.loading_time", "action.error.count",
    "action.frustration.type",
)  # fmt: skip


class Item(NamedTuple):
    """A span or record of a browser. `head` is set on an action span."""

    action_ids: tuple[str, ...]
    head: ActionFacts | None
    event_class: str
    session: str
    """Or what stands for it: the trace."""
    is_helper: bool


_HELPER: Final = Item((), None, "other", "", True)


class ItemReader:
    """Reads items of browsers as far as sampling asks."""

    def __init__(self, config: ActionSamplingConfig) -> None:
        self._classifier = Classifier(Settings())
        self._session_keys = config.session_attributes
        self._scopes = frozenset(config.interaction_scopes)
        self._marks = [b"webjs", b"browser.", *(scope.encode() for scope in self._scopes)]
        self._key_filter = KeyFilter(self._classifier.keys | {*_ACTION, *config.session_attributes})
        self._headers = Headers()

    def may_be_browser(self, data: bytes) -> bool:
        """Whether a request can have anything of a browser: without these bytes it has none."""
        return any(mark in data for mark in self._marks)

    def is_browser(self, resource: bytes, scope: bytes) -> bool:
        """Whether what stands below these headers is a browser's."""
        try:
            return is_browser(self._headers.resource(resource)) or self._headers.scope(scope) in self._scopes
        except MalformedOtlp:
            return False

    def read(self, data: bytes, signal: Signal, resource: bytes, scope: bytes) -> Item | None:
        """None where it cannot be read: what nobody understands is kept."""
        try:
            own = self._headers.resource(resource)
            if signal is Signal.LOGS:
                return self._of_record(data, own)
            return self._of_span(data, own, self._headers.scope(scope))
        except (DecodeError, UnicodeDecodeError):
            return None

    def helper(self, data: bytes, signal: Signal) -> Item | None:
        """An item that is a helper; of any other nothing is looked at but its name."""
        try:
            return _HELPER if signal is Signal.TRACES and _is_helper(SpanName.FromString(data).name) else None
        except DecodeError:
            return None

    def _of_span(self, data: bytes, resource: Mapping[str, object], scope: str) -> Item:
        span = read_span(data, self._key_filter)
        is_helper = _is_helper(span.name.encode())
        return self._item(span.attributes, resource, span.trace_id, self._class_of(span, scope, data), is_helper)

    def _class_of(self, span: SpanFacts, scope: str, data: bytes) -> str:
        if span.has_events and b"exception" in data:
            return "error"
        has_parent = any(span.parent_span_id)
        kind = self._classifier.span_kind(scope, span.name, span.kind == 3, span.attributes, has_parent, False)
        return _CLASSES.get(kind, "other")

    def _of_record(self, data: bytes, resource: Mapping[str, object]) -> Item:
        record = RecordView.FromString(data)
        own = mapped(record.attributes)
        name = record.event_name or text(own, "event.name")
        event_class = _CLASSES.get(self._classifier.record_kind(name, own, True), "other")
        return self._item(own, resource, record.trace_id, event_class, False)

    def _item(
        self,
        own: Mapping[str, object],
        resource: Mapping[str, object],
        trace_id: bytes,
        event_class: str,
        is_helper: bool,
    ) -> Item:
        session = text(own, *self._session_keys) or text(resource, *self._session_keys)
        ids = _ids(own)
        head = _head(own, ids[0], session) if ids and text(own, "action.type") else None
        return Item(ids, head, event_class, session or trace_id.hex(), is_helper)


def _is_helper(name: bytes) -> bool:
    return name in _HELPERS or (b"animation" in name and _FRAME.fullmatch(name) is not None)


def _ids(own: Mapping[str, object]) -> tuple[str, ...]:
    """Its own action first, then the others that it is of."""
    id, more = text(own, "action.id"), own.get("action.ids")
    if not id:
        return ()
    return (id, *(one for one in more if isinstance(one, str) and one != id)) if isinstance(more, list) else (id,)


def _head(own: Mapping[str, object], id: str, session: str) -> ActionFacts:
    loading_ns, errors = own.get("action.loading_time"), own.get("action.error.count")
    return ActionFacts(
        id,
        session,
        text(own, "action.name"),
        loading_ns if isinstance(loading_ns, int) else -1,
        errors if isinstance(errors, int) else 0,
        bool(own.get("action.frustration.type")),
    )
