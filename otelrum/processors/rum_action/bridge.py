"""Reads spans and log records into events: the only file that knows both the wire and the domain."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from google.protobuf.message import DecodeError
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from otelrum.actions.classify import (
    CLICK_RECORD,
    Classifier,
    url_of,
)
from otelrum.actions.context import flatten_context
from otelrum.actions.learning import ReadAttributes
from otelrum.actions.model import (
    PASSING,
    Custom,
    Detail,
    Event,
    Fault,
    Interaction,
    Kind,
    Timing,
)
from otelrum.actions.session import SessionKey
from otelrum.actions.settings import MS
from otelrum.actions.target import TARGET_KEYS, Target, record_target, span_target
from otelrum.otlp.errors import MalformedOtlp
from otelrum.otlp.lazy import Signal
from otelrum.otlp.pb.views_pb2 import RecordView, SpanView
from otelrum.otlp.values import attributes, mapped, python_value, wanted
from otelrum.processors.rum_action.config import AttributeNames
from otelrum.processors.rum_action.journal import Ref
from otelrum.processors.rum_action.pages import first_text
from otelrum.processors.rum_action.resources import ResourceFacts
from otelrum.processors.rum_action.senders import Sender

_REQUEST_INITIATORS = ("fetch", "xmlhttprequest")
_MAX_MS = 1e12
"""Some 30 years: a duration or page time beyond is a mistake."""


@dataclass(frozen=True, slots=True, eq=False)
class Origin:
    """Where items stood: which signal, under which resource and scope."""

    signal: Signal
    resource: ResourceFacts
    scope: bytes
    """The scope group's bytes without its items."""
    scope_name: str
    source: object
    """Who gets them back: the pipeline that they came in by."""


class Payload(NamedTuple):
    """What is held of an item: its bytes, and where they stood."""

    origin: Origin
    item: bytes
    ref: Ref | None = None
    """Its place in the journal, where there is one."""


Observed = tuple[Event, SessionKey, ReadAttributes]
"""An item as the domain takes it."""

_READ_OF_CLICKS = frozenset({*TARGET_KEYS, "event_type", "browser.mutation_observer", "client.address"})

_TARGETS = 4096
_MAX_REMEMBERED = 1024
"""Targets that are remembered, and how long (characters) their attributes may be: at most some MiB."""

_DETAILED = frozenset({Kind.INTERACTION, Kind.CUSTOM})


class Bridge:
    """Makes events of items. Items are checked whole: what does not parse raises MalformedOtlp."""

    def __init__(
        self, classifier: Classifier, names: AttributeNames, mask: bool, count_malformed: Callable[[], None]
    ) -> None:
        self._classifier = classifier
        self._names = names
        self._mask = mask
        self._count_malformed = count_malformed
        self._remembered = lru_cache(_TARGETS)(self._new_target)
        self._wanted = classifier.wanted | {*names.session, *names.view, *names.tab}

    def read(self, item: bytes, origin: Origin, sender: Sender) -> Observed:
        """The event of a span or record of a browser. Raises MalformedOtlp."""
        try:
            if origin.signal is Signal.LOGS:
                return self._of_record(RecordView.FromString(item), item, origin, sender)
            return self._of_span(SpanView.FromString(item), item, origin, sender)
        except DecodeError as error:
            raise MalformedOtlp(f"an item that is not OTLP: {error}") from error

    # ------------------------------------------------------------------ spans
    def _of_span(self, span: SpanView, item: bytes, origin: Origin, sender: Sender) -> Observed:
        told = span.attributes
        facts = wanted(told, self._wanted)
        trace_id, span_id, parent_id = span.trace_id, span.span_id, span.parent_span_id.strip(b"\0")
        is_client = span.kind == Span.SPAN_KIND_CLIENT
        faults = _faults(span) if b"exception" in item else ()
        classify = self._classifier.span_kind
        kind = classify(origin.scope_name, span.name, is_client, facts, bool(parent_id), bool(faults))
        key, view, tab = self._page(facts, origin.resource, trace_id)
        start_ns, end_ns = span.start_time_unix_nano, span.end_time_unix_nano
        url, keeps_busy = "", True
        if kind is Kind.RESOURCE:
            url = url_of(facts)
            keeps_busy = self._classifier.keeps_busy(url)
            if self._classifier.network_errors and self._has_network_error(span, facts):
                faults += (Fault(max(end_ns, start_ns), ""),)
        if faults and not self._classifier.tells_errors(kind, span.name):
            faults = ()
        is_passing = kind in PASSING
        event = Event(
            kind,
            start_ns,
            end_ns,
            trace_id + span_id if span_id and trace_id else b"",
            trace_id + span.parent_span_id if parent_id else b"",
            view,
            tab,
            faults,
            url,
            self._detail_of_span(kind, span, origin, sender) if kind in _DETAILED else None,
            False,
            is_client,
            keeps_busy,
            None if is_passing else Payload(origin, item),
            0 if is_passing else len(item),
        )
        return event, key, lambda: mapped(told)

    def _has_network_error(self, span: SpanView, facts: Mapping[str, object]) -> bool:
        return self._classifier.has_network_error(span.status.code == Status.STATUS_CODE_ERROR, facts)

    def _detail_of_span(self, kind: Kind, span: SpanView, origin: Origin, sender: Sender) -> Detail:
        if kind is Kind.CUSTOM:
            return self._custom(span.name, mapped(span.attributes), origin, sender)
        own = wanted(span.attributes, _READ_OF_CLICKS)
        return self._interaction(str(own["event_type"]), own, origin, sender)

    # ------------------------------------------------------------------ both
    def _interaction(
        self, event_type: str, own: Mapping[str, object], origin: Origin, sender: Sender
    ) -> Interaction:
        target = record_target(own, self._mask) if origin.signal is Signal.LOGS else self._target(own)
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

    def _custom(self, name: str, own: Mapping[str, object], origin: Origin, sender: Sender) -> Custom:
        context, is_malformed = flatten_context(own)
        if is_malformed:
            self._count_malformed()
        given = own.get("action.name")
        agent, address = _who(own, origin.resource, sender)
        return Custom(given if isinstance(given, str) and given else name, context, agent, address)

    def _page(
        self, facts: Mapping[str, object], resource: ResourceFacts, trace_id: bytes
    ) -> tuple[SessionKey, str, str]:
        """Page key, view and tab of an item, or else of its resource (SPEC section 3)."""
        session = first_text(facts, self._names.session) or resource.session
        if not session:
            return SessionKey(resource.service, "", trace_id), "", ""
        view = first_text(facts, self._names.view) or resource.view
        return SessionKey(resource.service, session), view, first_text(facts, self._names.tab) or resource.tab

    # ------------------------------------------------------------------ records
    def _of_record(self, record: RecordView, item: bytes, origin: Origin, sender: Sender) -> Observed:
        facts = _facts(record)
        told = facts.get("event.name")
        name = record.event_name or (told if isinstance(told, str) else "")
        timing = _timing(record, facts) if name.endswith("_timing") else None
        kind = self._classifier.record_kind(name, facts, timing is not None)
        time_ns = _time_ns(record)
        id = _record_id(record, name, time_ns, origin.resource)
        key, view, tab = self._page(facts, origin.resource, record.trace_id or id)
        message = facts.get("exception.message")
        url = url_of(facts) if kind is Kind.RESOURCE else ""
        event = Event(
            kind,
            time_ns,
            time_ns,
            id=id,
            parent=record.trace_id + record.span_id if any(record.span_id) else b"",
            view=view,
            tab=tab,
            faults=(Fault(time_ns, message if isinstance(message, str) else ""),) if kind is Kind.ERROR else (),
            url=url,
            detail=timing or self._detail_of_record(kind, name, facts, origin, sender),
            is_record=True,
            is_request=facts.get("browser.resource_timing.initiator_type") in _REQUEST_INITIATORS,
            keeps_busy=self._classifier.keeps_busy(url),
            payload=None if kind in PASSING else Payload(origin, item),
            extra_bytes=0 if kind in PASSING else len(item),
        )
        return event, key, lambda: facts

    def _detail_of_record(
        self, kind: Kind, name: str, facts: Mapping[str, object], origin: Origin, sender: Sender
    ) -> Detail:
        if kind is Kind.INTERACTION:
            return self._interaction(CLICK_RECORD, facts, origin, sender)
        return self._custom(name, facts, origin, sender) if kind is Kind.CUSTOM else None


def _who(own: Mapping[str, object], resource: ResourceFacts, sender: Sender) -> tuple[str, str]:
    """User agent and address of who acted, as far as they are not the view's to tell."""
    address = own.get("client.address")
    agent = "" if resource.user_agent else sender.user_agent
    return agent, address if isinstance(address, str) and address else resource.address or sender.address


def _faults(span: SpanView) -> tuple[Fault, ...]:
    """The errors that are told as events of a span."""
    return tuple(
        Fault(event.time_unix_nano, first_text(attributes(event.attributes), ["exception.message"]))
        for event in span.events
        if event.name == "exception"
    )


def _facts(record: RecordView) -> dict[str, object]:
    """A record's attributes, and what its body's map has beside them (SPEC section 12)."""
    own = mapped(record.attributes)
    if record.body.WhichOneof("value") != "kvlist_value":
        return own
    body = python_value(record.body)
    assert isinstance(body, dict)
    return {**body, **own}


def _time_ns(record: RecordView) -> int:
    return record.time_unix_nano or record.observed_time_unix_nano


def _timing(record: RecordView, facts: Mapping[str, object]) -> Timing | None:
    """When a request ran, on the page's own clock; None where the record does not tell."""
    start_ms, duration_ms = (facts.get(f"browser.resource_timing.{key}") for key in ("fetch_start", "duration"))
    if not _is_time(start_ms) or not _is_time(duration_ms):
        return None
    return Timing(_time_ns(record), round(start_ms * MS), round(duration_ms * MS))  # type: ignore[operator]


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _MAX_MS


def _record_id(record: RecordView, name: str, time_ns: int, resource: ResourceFacts) -> bytes:
    """Names a record among all: copies have the same event name, time and attributes (SPEC section 6)."""
    digest = hashlib.blake2b(f"{resource.service}\n{resource.session}\n{name}\n{time_ns}\n".encode(), digest_size=16)
    for part in _parts(record):
        digest.update(part)
    return digest.digest()


def _parts(record: RecordView) -> Iterator[bytes]:
    yield record.body.SerializeToString(deterministic=True)
    for key in sorted(record.attributes):
        yield key.encode()
        yield record.attributes[key].SerializeToString(deterministic=True)
