"""Reads spans and log records into events: the only file that knows both the wire and the domain."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, partial
from typing import Final

from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from otelrum.actions.classify import CLICK_RECORD, Classifier
from otelrum.actions.context import flatten_context
from otelrum.actions.event_class import PASSING, EventClass
from otelrum.actions.facts import text, url_of
from otelrum.actions.learning import ReadAttributes
from otelrum.actions.model import Custom, Detail, Event, Fault, Interaction, SessionKey, Timing
from otelrum.actions.settings import MS
from otelrum.actions.target import TARGET_KEYS, Target, record_target, span_target
from otelrum.otlp.pb.views_pb2 import RecordView
from otelrum.otlp.spans import SpanFacts, Wanted, read_span
from otelrum.otlp.values import attributes, mapped, python_value
from otelrum.processors.rum_action.config import AttributeNames
from otelrum.processors.rum_action.payload import Origin, Payload
from otelrum.processors.rum_action.resources import ResourceFacts
from otelrum.processors.rum_action.sender import UserHints

_REQUEST_INITIATORS: Final = ("fetch", "xmlhttprequest")
_MAX_MS: Final = 1e12
"""Some 30 years: a duration or page time beyond is a mistake."""


ReadItem = tuple[Event, SessionKey, ReadAttributes]
"""An item as the domain takes it."""

_CLIENT: Final = Span.SPAN_KIND_CLIENT
_READ_OF_CLICKS: Final = (*TARGET_KEYS, "browser.mutation_observer", "client.address")

_TARGETS: Final = 4096
_MAX_REMEMBERED: Final = 1024
"""Targets that are remembered, and how long (characters) their attributes may be: at most some MiB."""

_LARGE_BYTES: Final = 64 << 10
"""As objects attributes may be twenty times as large as their bytes."""

_MAX_FAULTS: Final = 1000
"""Exceptions kept per span (SDKs send at most 128 events). They are not counted in `max_held_mib`, hence the cap."""

_DETAILED: Final = frozenset({EventClass.INTERACTION, EventClass.CUSTOM})


class Bridge:
    """Reads each item once, into an event and the key of its session."""

    def __init__(
        self, classifier: Classifier, names: AttributeNames, mask: bool, count_malformed: Callable[[], None]
    ) -> None:
        self._classifier = classifier
        self._session_names, self._view_names, self._tab_names = names.session, names.view, names.tab
        self._mask = mask
        self._count_malformed = count_malformed
        self._remembered = lru_cache(_TARGETS)(self._new_target)
        wanted = classifier.wanted | {*names.session, *names.view, *names.tab}
        self._wanted = Wanted(wanted)
        self._wanted_of_clicks = Wanted(wanted | set(_READ_OF_CLICKS))

    def read(self, item: bytes, origin: Origin, sender: UserHints) -> ReadItem:
        """The event of a browser's span or record, which has been checked to be one."""
        if origin.is_record:
            return self._of_record(item, origin, sender)
        return self._of_span(item, origin, sender)

    # ------------------------------------------------------------------ spans
    def _of_span(self, item: bytes, origin: Origin, sender: UserHints) -> ReadItem:
        span = read_span(item, self._wanted)
        if "event_type" in span.attributes:  # of a click more is asked than of the others, which are many
            span = read_span(item, self._wanted_of_clicks)
        facts, trace_id = span.attributes, span.trace_id
        has_parent = bool(span.parent_span_id.strip(b"\0"))
        is_client = span.kind == _CLIENT
        faults = _faults(item) if span.has_events and b"exception" in item else ()
        kind = self._classifier.span_kind(origin.scope_name, span.name, is_client, facts, has_parent, bool(faults))
        key, view, tab = self._page(facts, origin.resource, trace_id)
        url, keeps_busy = "", True
        if kind == EventClass.RESOURCE:
            url = url_of(facts)
            keeps_busy = self._classifier.keeps_busy(url)
            if self._classifier.network_errors and self._has_network_error(item, facts):
                faults += (Fault(max(span.end_ns, span.start_ns), ""),)
        if faults and not self._classifier.tells_errors(kind, span.name):
            faults = ()
        payload, is_passing = Payload(origin, item), kind in PASSING
        event = Event(
            kind,
            span.start_ns,
            span.end_ns,
            id=trace_id + span.span_id if span.span_id and trace_id else b"",
            parent=trace_id + span.parent_span_id if has_parent else b"",
            view=view,
            tab=tab,
            faults=faults,
            url=url,
            detail=self._detail_of_span(kind, span, payload, sender) if kind in _DETAILED else None,
            is_request=is_client,
            keeps_busy=keeps_busy,
            payload=None if is_passing else payload,
            extra_bytes=0 if is_passing else len(item),
        )
        return event, key, payload.attributes

    def _has_network_error(self, item: bytes, facts: dict[str, object]) -> bool:
        is_error = Span.FromString(item).status.code == Status.STATUS_CODE_ERROR
        return self._classifier.has_network_error(is_error, facts)

    def _detail_of_span(self, kind: int, span: SpanFacts, payload: Payload, sender: UserHints) -> Detail:
        if kind == EventClass.CUSTOM:
            return self._custom(span.name, payload.attributes(), payload.origin, sender)
        return self._interaction(str(span.attributes["event_type"]), span.attributes, payload.origin, sender)

    # ------------------------------------------------------------------ both
    def _interaction(
        self, event_type: str, own: Mapping[str, object], origin: Origin, sender: UserHints
    ) -> Interaction:
        target = record_target(own, self._mask) if origin.is_record else self._target(own)
        sees_mutations = own.get("browser.mutation_observer") is True or origin.resource.sees_mutations
        agent, address = _who(own, origin.resource, sender)
        return Interaction(event_type, target, sees_mutations, agent, address)

    def _target(self, own: Mapping[str, object]) -> Target:
        """A page's users click the same few elements again and again."""
        values = tuple(map(own.get, TARGET_KEYS))
        size = sum(len(value) if isinstance(value, str) else _MAX_REMEMBERED for value in values if value is not None)
        return self._remembered(values) if size < _MAX_REMEMBERED else span_target(own, self._mask)

    def _new_target(self, values: tuple[object, ...]) -> Target:
        return span_target(dict(zip(TARGET_KEYS, values, strict=True)), self._mask)

    def _custom(self, name: str, own: Mapping[str, object], origin: Origin, sender: UserHints) -> Custom:
        context, is_malformed = flatten_context(own)
        if is_malformed:
            self._count_malformed()
        given = own.get("action.name")
        agent, address = _who(own, origin.resource, sender)
        return Custom(given if isinstance(given, str) and given else name, context, agent, address)

    def _page(self, facts: dict[str, object], resource: ResourceFacts, trace_id: bytes) -> tuple[SessionKey, str, str]:
        """Page key, view and tab of an item, or else of its resource (SPEC section 3)."""
        session = text(facts, *self._session_names) or resource.session
        if not session:
            return SessionKey(resource.service, "", trace_id), "", ""
        view = text(facts, *self._view_names) or resource.view
        return SessionKey(resource.service, session), view, text(facts, *self._tab_names) or resource.tab

    # ------------------------------------------------------------------ records
    def _of_record(self, item: bytes, origin: Origin, sender: UserHints) -> ReadItem:
        record = RecordView.FromString(item)
        facts = _facts(record)
        told = facts.get("event.name")
        name = record.event_name or (told if isinstance(told, str) else "")
        timing = _timing(record, facts) if name.endswith("_timing") else None
        kind = self._classifier.record_kind(name, facts, timing is not None)
        time_ns = _time_ns(record)
        id = _record_id(record, name, time_ns, origin.resource)
        key, view, tab = self._page(facts, origin.resource, record.trace_id or id)
        message = facts.get("exception.message")
        url = url_of(facts) if kind == EventClass.RESOURCE else ""
        event = Event(
            kind,
            time_ns,
            time_ns,
            id=id,
            parent=record.trace_id + record.span_id if any(record.span_id) else b"",
            view=view,
            tab=tab,
            faults=(Fault(time_ns, message if isinstance(message, str) else ""),) if kind == EventClass.ERROR else (),
            url=url,
            detail=timing or self._detail_of_record(kind, name, facts, origin, sender),
            is_record=True,
            is_request=facts.get("browser.resource_timing.initiator_type") in _REQUEST_INITIATORS,
            keeps_busy=self._classifier.keeps_busy(url),
            payload=None if kind in PASSING else Payload(origin, item),
            extra_bytes=0 if kind in PASSING else len(item),
        )
        if len(item) > _LARGE_BYTES:  # many of them wait in one request
            return event, key, partial(_facts_of, item)
        return event, key, lambda: facts

    def _detail_of_record(
        self, kind: int, name: str, facts: dict[str, object], origin: Origin, sender: UserHints
    ) -> Detail:
        if kind == EventClass.INTERACTION:
            return self._interaction(CLICK_RECORD, facts, origin, sender)
        return self._custom(name, facts, origin, sender) if kind == EventClass.CUSTOM else None


def _who(own: Mapping[str, object], resource: ResourceFacts, sender: UserHints) -> tuple[str, str]:
    """User agent and client address of an interaction, where its resource does not carry them."""
    address = own.get("client.address")
    agent = "" if resource.user_agent else sender.user_agent
    return agent, address if isinstance(address, str) and address else resource.address or sender.address


def _faults(item: bytes) -> tuple[Fault, ...]:
    """The errors that are told as events of a span."""
    told = [event for event in Span.FromString(item).events if event.name == "exception"]
    return tuple(
        [
            Fault(event.time_unix_nano, text(attributes(event.attributes), "exception.message"))
            for event in told[:_MAX_FAULTS]
        ]
    )


def _facts(record: RecordView) -> dict[str, object]:
    """A record's attributes, and what its body's map has beside them (SPEC section 12)."""
    own = mapped(record.attributes)
    if record.body.WhichOneof("value") != "kvlist_value":
        return own
    body = python_value(record.body)
    assert isinstance(body, dict)
    return {**body, **own}


def _facts_of(item: bytes) -> Mapping[str, object]:
    return _facts(RecordView.FromString(item))


def _record_id(record: RecordView, name: str, time_ns: int, resource: ResourceFacts) -> bytes:
    """Names a record among all, as its ids name a span: copies have the same event name, time and attributes
    (SPEC section 6)."""
    digest = hashlib.blake2b(f"{resource.service}\n{resource.session}\n{name}\n{time_ns}\n".encode(), digest_size=16)
    for part in _record_parts(record):
        digest.update(part)
    return digest.digest()


def _record_parts(record: RecordView) -> Iterator[bytes]:
    yield record.body.SerializeToString(deterministic=True)
    for key in sorted(record.attributes):
        yield key.encode()
        yield record.attributes[key].SerializeToString(deterministic=True)


def _time_ns(record: RecordView) -> int:
    return record.time_unix_nano or record.observed_time_unix_nano


def _timing(record: RecordView, facts: dict[str, object]) -> Timing | None:
    """When a request ran, on the page's own clock; None where the record does not tell."""
    start_ns, duration_ns = (_ns(facts.get(f"browser.resource_timing.{key}")) for key in ("fetch_start", "duration"))
    if start_ns is None or duration_ns is None:
        return None
    return Timing(_time_ns(record), start_ns, start_ns + duration_ns)


def _ns(value: object) -> int | None:
    """A time of the page, which is in milliseconds; None for what is none."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= _MAX_MS:
        return None
    return round(value * MS)
