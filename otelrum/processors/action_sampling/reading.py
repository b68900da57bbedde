"""What a span or record of a browser is for sampling: of which actions, or of which class."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from google.protobuf.message import DecodeError
from mypy_extensions import mypyc_attr

from otelrum.actions.classify import Classifier
from otelrum.actions.event_class import EventClass
from otelrum.actions.facts import first_text, is_browser, text
from otelrum.actions.settings import Settings
from otelrum.otlp.batch import Signal
from otelrum.otlp.errors import MalformedOtlp
from otelrum.otlp.headers import Headers
from otelrum.otlp.pb.views_pb2 import RecordView, SpanName
from otelrum.otlp.spans import KeyFilter, SpanFacts, read_span
from otelrum.otlp.values import mapped
from otelrum.processors.action_sampling.config import ActionSamplingConfig
from otelrum.processors.action_sampling.policies import ActionFacts

_TRACES: Final = Signal.TRACES
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
_MARK: Final = b"action.id"
"""An item without these bytes is of no action."""


@mypyc_attr(acyclic=True)
class Item:
    """A span or record of a browser. `head` is set on an action span."""

    __slots__ = ("action_ids", "event_class", "head", "is_helper", "session")

    def __init__(
        self, action_ids: tuple[str, ...], head: ActionFacts | None, event_class: str, session: str, is_helper: bool
    ) -> None:
        self.action_ids = action_ids
        self.head = head
        self.event_class = event_class
        """`other` where no setting asks."""
        self.session = session
        """Or what stands for it: the trace."""
        self.is_helper = is_helper


@mypyc_attr(acyclic=True)
class Above:
    """What stands above items of a browser."""

    __slots__ = ("scope", "session")

    def __init__(self, scope: str, session: str) -> None:
        self.scope = scope
        self.session = session


_HELPER: Final = Item((), None, "other", "", True)


class ItemReader:
    """Reads items of browsers as far as the settings ask."""

    def __init__(self, config: ActionSamplingConfig) -> None:
        self._asks_class = not config.unattached.keeps_all
        self._asks_actions = bool(config.actions) or self._asks_class
        self._asks_helpers = config.helpers == "drop"
        self._classifier = Classifier(Settings())
        self._session_keys = tuple(config.session_attributes)
        self._scopes = frozenset(config.interaction_scopes)
        self._marks = [b"webjs", b"browser.", *(scope.encode() for scope in self._scopes)]
        keys = self._classifier.keys if self._asks_class else frozenset()
        self._key_filter = KeyFilter(keys | {*_ACTION, *config.session_attributes})
        self._headers = Headers()

    def may_drop(self, data: bytes) -> bool:
        """Whether anything in a request can be dropped: without these bytes it has nothing of a browser."""
        return (self._asks_actions or self._asks_helpers) and any(mark in data for mark in self._marks)

    def above(self, resource: bytes, scope: bytes) -> Above | None:
        """What these headers say; None where what stands below them is no browser's."""
        try:
            own, name = self._headers.resource(resource), self._headers.scope(scope)
        except MalformedOtlp:
            return None
        if not is_browser(own) and name not in self._scopes:
            return None
        return Above(name, first_text(own, self._session_keys))

    def read(self, data: bytes, signal: Signal, above: Above) -> Item | None:
        """None where no setting asks for it, or where it cannot be read: what nobody understands is kept."""
        try:
            if not self._asks_actions:
                return self._helper(data) if signal is _TRACES else None
            if not (self._asks_class or self._asks_helpers or _MARK in data):
                return None
            return self._of_span(data, above) if signal is _TRACES else self._of_record(data, above)
        except (DecodeError, UnicodeDecodeError):
            return None

    def _helper(self, data: bytes) -> Item | None:
        """An item that is a helper; of any other nothing is looked at but its name."""
        return _HELPER if _is_helper(SpanName.FromString(data).name) else None

    def _of_span(self, data: bytes, above: Above) -> Item:
        span = read_span(data, self._key_filter)
        event_class = self._class_of(span, above.scope, data) if self._asks_class else "other"
        return self._item(span.attributes, above, span.trace_id, event_class, _is_helper(span.name.encode()))

    def _class_of(self, span: SpanFacts, scope: str, data: bytes) -> str:
        if span.has_events and b"exception" in data:
            return "error"
        has_parent = any(span.parent_span_id)
        kind = self._classifier.span_kind(scope, span.name, span.kind == 3, span.attributes, has_parent, False)
        return _CLASSES.get(kind, "other")

    def _of_record(self, data: bytes, above: Above) -> Item:
        record = RecordView.FromString(data)
        own = mapped(record.attributes)
        name = record.event_name or text(own, "event.name")
        event_class = _CLASSES.get(self._classifier.record_kind(name, own, True), "other")
        return self._item(own, above, record.trace_id, event_class, False)

    def _item(
        self, own: Mapping[str, object], above: Above, trace_id: bytes, event_class: str, is_helper: bool
    ) -> Item:
        session = first_text(own, self._session_keys) or above.session
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
