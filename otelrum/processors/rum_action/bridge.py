"""Reads spans and log records into events: the only file that knows both the wire and the domain."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Final

from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from otelrum.actions.classify import ACTIVITY_TYPE, CLICK_RECORD, FRAME_REPORTED_MS, Classifier, is_aborted, is_data_url
from otelrum.actions.context import flatten_context
from otelrum.actions.details import Custom, Detail, Fault, Frame, Interaction, Timing, UserActivity
from otelrum.actions.event_class import PASSING, EventClass
from otelrum.actions.facts import first_text, number, route_of, text, url_of
from otelrum.actions.gesture import GESTURE_ID, GESTURE_KEYS, read_gesture
from otelrum.actions.model import Event, SessionKey
from otelrum.actions.settings import MS, Settings
from otelrum.actions.target import TARGET_KEYS, Target, record_target, span_target
from otelrum.actions.views import ReadAttributes
from otelrum.otlp.records import RecordFacts
from otelrum.otlp.spans import KeyFilter, SpanFacts, read_span
from otelrum.otlp.values import attributes
from otelrum.processors.rum_action.config import AttributeNames
from otelrum.processors.rum_action.hints import UserHints
from otelrum.processors.rum_action.payload import Origin, Payload
from otelrum.processors.rum_action.resources import DOCUMENT_URL, ResourceFacts

ReadItem = tuple[Event, SessionKey, ReadAttributes]
"""An item as the domain takes it."""

Page = tuple[SessionKey, str, str, str]
"""Where an event happened: session, view id, tab id, and the route of its address where there is no view id."""

_CLIENT: Final = Span.SPAN_KIND_CLIENT
_ERROR: Final = Status.STATUS_CODE_ERROR
_READ_OF_CLICKS: Final = (*TARGET_KEYS, *GESTURE_KEYS, "browser.mutation_observer", "client.address")
_METHODS: Final = ("http.request.method", "http.method")
_REQUEST_INITIATORS: Final = ("fetch", "xmlhttprequest")

_MAX_MS: Final = 1e12
"""Some 30 years: a duration or page time beyond is a mistake."""

_TARGETS: Final = 4096
_MAX_REMEMBERED: Final = 1024
"""Targets that are remembered, and how long (characters) their attributes may be: at most some MiB."""

_LARGE_BYTES: Final = 64 << 10
"""As objects attributes may be twenty times as large as their bytes."""

_MAX_FAULTS: Final = 1000
"""Exceptions kept per span (SDKs send at most 128 events). They are not counted in `max_held_mib`, hence the cap."""


class Bridge:
    """Reads each item once, into an event and the key of its session."""

    def __init__(self, settings: Settings, names: AttributeNames, count_malformed: Callable[[], None]) -> None:
        self._classifier = Classifier(settings)
        self._by_service = settings.page_by_service
        self._mask = settings.mask
        self._session_names, self._view_names = tuple(names.session), tuple(names.view)
        self._tab_names = tuple(names.tab)
        self._count_malformed = count_malformed
        self._remembered = lru_cache(_TARGETS)(self._new_target)
        keys = self._classifier.keys | {*names.session, *names.view, *names.tab, DOCUMENT_URL}
        self._key_filter = KeyFilter(keys)
        self._click_key_filter = KeyFilter(keys | set(_READ_OF_CLICKS))

    def read(self, item: bytes, origin: Origin, hints: UserHints) -> ReadItem:
        """The event of a browser's span or record, which has been checked to be one."""
        return self._of_record(item, origin, hints) if origin.is_record else self._of_span(item, origin, hints)

    # ------------------------------------------------------------------ spans
    def _of_span(self, item: bytes, origin: Origin, hints: UserHints) -> ReadItem:
        span = read_span(item, self._key_filter)
        if "event_type" in span.attributes:  # of a click more is asked than of the others, which are many
            span = read_span(item, self._click_key_filter)
        facts, trace_id = span.attributes, span.trace_id
        has_parent = bool(span.parent_span_id.strip(b"\0"))
        is_client = span.kind == _CLIENT
        faults, is_abort = _raised(item) if span.has_events and b"exception" in item else ((), False)
        kind = self._classifier.span_kind(origin.scope_name, span.name, is_client, facts, has_parent, bool(faults))
        if faults or self._classifier.sees_silent_errors:
            if not self._classifier.reports_errors(kind, span.name, is_abort or is_aborted(facts)):
                faults = ()
            elif not faults:
                faults = self._silent_error(kind, item, span)
        key, view, tab, route = self._page(facts, origin.resource, trace_id)
        url = url_of(facts) if kind == EventClass.RESOURCE else ""
        payload, is_passing = Payload(origin, item), kind in PASSING
        event = Event(
            kind,
            span.start_ns,
            span.end_ns,
            id=trace_id + span.span_id if span.span_id and trace_id else b"",
            parent=trace_id + span.parent_span_id if has_parent else b"",
            view=view,
            tab=tab,
            route=route,
            faults=faults,
            url=url,
            method=sys.intern(first_text(facts, _METHODS)) if url else "",
            detail=self._detail_of_span(kind, span, payload, hints),
            is_request=is_client,
            is_counted=_is_counted(kind, url, facts),
            keeps_busy=not url or self._classifier.keeps_busy(url),
            payload=None if is_passing else payload,
            extra_bytes=0 if is_passing else len(item),
        )
        return event, key, payload.attributes

    def _silent_error(self, kind: int, item: bytes, span: SpanFacts) -> tuple[Fault, ...]:
        is_request = self._classifier.network_errors and kind == EventClass.RESOURCE
        is_error = is_request and Span.FromString(item).status.code == _ERROR
        fault = self._classifier.silent_error(kind, span.start_ns, span.end_ns, is_error, span.attributes)
        return () if fault is None else (fault,)

    def _detail_of_span(self, kind: int, span: SpanFacts, payload: Payload, hints: UserHints) -> Detail:
        if kind == EventClass.INTERACTION:
            return self._interaction(text(span.attributes, "event_type"), span.attributes, payload.origin, hints)
        if kind == EventClass.CUSTOM:
            return self._custom(span.name, payload.attributes(), payload.origin, hints)
        return _small_detail(kind, span.attributes, span.start_ns, span.end_ns)

    # ------------------------------------------------------------------ both
    def _interaction(self, event_type: str, own: Mapping[str, object], origin: Origin, hints: UserHints) -> Interaction:
        target = record_target(own, self._mask) if origin.is_record else self._target(own)
        sees_mutations = own.get("browser.mutation_observer") is True or origin.resource.sees_mutations
        agent, address = _who(own, origin.resource, hints)
        return Interaction(
            event_type, target, sees_mutations, agent, address, read_gesture(own), service=origin.resource.service
        )

    def _target(self, own: Mapping[str, object]) -> Target:
        """A page's users click the same few elements again and again."""
        values = tuple(map(own.get, TARGET_KEYS))
        size = 0
        for value in values:
            if value is not None:
                size += len(value) if isinstance(value, str) else _MAX_REMEMBERED
        return self._remembered(values) if size < _MAX_REMEMBERED else span_target(own, self._mask)

    def _new_target(self, values: tuple[object, ...]) -> Target:
        return span_target(dict(zip(TARGET_KEYS, values, strict=True)), self._mask)

    def _custom(self, name: str, own: Mapping[str, object], origin: Origin, hints: UserHints) -> Custom:
        context, is_malformed = flatten_context(own)
        if is_malformed:
            self._count_malformed()
        agent, address = _who(own, origin.resource, hints)
        return Custom(text(own, "action.name") or name, context, agent, address, service=origin.resource.service)

    def _page(self, facts: dict[str, object], resource: ResourceFacts, trace_id: bytes) -> Page:
        """Page key, view and tab of an item, or else of its resource (SPEC section 3)."""
        session = first_text(facts, self._session_names) or resource.session
        service = resource.service if self._by_service else ""
        if not session:
            return SessionKey(service, "", trace_id), "", "", ""
        view = first_text(facts, self._view_names) or resource.view
        tab = first_text(facts, self._tab_names) or resource.tab
        address = "" if view else text(facts, DOCUMENT_URL) or resource.document_url
        return SessionKey(service, session), view, tab, route_of(address) if address else ""

    # ------------------------------------------------------------------ records
    def _of_record(self, item: bytes, origin: Origin, hints: UserHints) -> ReadItem:
        record = RecordFacts(item)
        facts, time_ns = record.attributes, record.time_ns
        timing = _timing(time_ns, facts, record.name) if record.name.endswith("_timing") else None
        kind = self._classifier.record_kind(record.name, facts, timing is not None)
        id = record.digest(origin.resource.digest)
        key, view, tab, route = self._page(facts, origin.resource, record.trace_id or id)
        url = url_of(facts) if kind in (EventClass.RESOURCE, EventClass.NAVIGATION) else ""
        event = Event(
            kind,
            time_ns,
            time_ns,
            id=id,
            parent=record.trace_id + record.span_id if record.span_id else b"",
            view=view,
            tab=tab,
            route=route,
            faults=(Fault(time_ns, _message(record)),) if kind == EventClass.ERROR else (),
            url=url,
            detail=timing or self._detail_of_record(kind, record, origin, hints),
            is_record=True,
            is_request=facts.get("browser.resource_timing.initiator_type") in _REQUEST_INITIATORS,
            is_counted=_is_counted(kind, url, facts),
            keeps_busy=self._classifier.keeps_busy(url),
            payload=None if kind in PASSING else Payload(origin, item),
            extra_bytes=0 if kind in PASSING else len(item),
        )
        if len(item) > _LARGE_BYTES:  # many of them wait in one request
            return event, key, partial(_facts_of, item)
        return event, key, lambda: facts

    def _detail_of_record(self, kind: int, record: RecordFacts, origin: Origin, hints: UserHints) -> Detail:
        if kind == EventClass.INTERACTION:
            return self._interaction(CLICK_RECORD, record.attributes, origin, hints)
        if kind == EventClass.CUSTOM:
            return self._custom(record.name, record.attributes, origin, hints)
        return _small_detail(kind, record.attributes, record.time_ns, record.time_ns)


def _small_detail(kind: int, facts: dict[str, object], start_ns: int, end_ns: int) -> Detail:
    """The facts of a frame and of a user's activity beyond their times."""
    if kind == EventClass.FRAME:
        reported_ms = number(facts, FRAME_REPORTED_MS)
        if reported_ms is None or reported_ms < 0:
            return Frame(max(start_ns, end_ns))
        return Frame(start_ns + round(min(reported_ms, _MAX_MS) * MS))
    if kind == EventClass.USER_ACTIVITY:
        return UserActivity(text(facts, GESTURE_ID), text(facts, ACTIVITY_TYPE))
    return None


def _is_counted(kind: int, url: str, facts: dict[str, object]) -> bool:
    """False of a `data:` URL, which is activity but no resource, and of a timer that ran late (SPEC section 2)."""
    if kind == EventClass.LONG_TASK:
        return facts.get("longtask.source") != "timer"
    return not is_data_url(url)


def _who(own: Mapping[str, object], resource: ResourceFacts, hints: UserHints) -> tuple[str, str]:
    """User agent and client address of an interaction, where its resource does not carry them."""
    agent = "" if resource.user_agent else hints.user_agent
    return agent, text(own, "client.address") or resource.address or hints.address


def _raised(item: bytes) -> tuple[tuple[Fault, ...], bool]:
    """The errors among a span's events, and whether one of them says that the page itself gave up."""
    faults: list[Fault] = []
    is_abort = False
    for event in Span.FromString(item).events:
        if event.name == "exception" and len(faults) < _MAX_FAULTS:
            exception = attributes(event.attributes)
            is_abort = is_abort or is_aborted(exception)
            faults.append(Fault(event.time_unix_nano, text(exception, "exception.message")))
    return tuple(faults), is_abort


def _message(record: RecordFacts) -> str:
    """What an error says: an exception is recognised by it when it is reported twice."""
    if record.name == "exception" or not isinstance(record.body, str):
        return text(record.attributes, "exception.message")
    return record.body  # of a console


def _facts_of(item: bytes) -> Mapping[str, object]:
    return RecordFacts(item).attributes


def _timing(written_ns: int, facts: dict[str, object], name: str) -> Timing | None:
    """When a request ran, on the page's own clock; None where the record does not say (SPEC section 12)."""
    fetch_ns = _ns(facts, "browser.resource_timing.fetch_start")
    if name == "browser.navigation_timing":
        return None if fetch_ns is None else Timing(written_ns, fetch_ns, fetch_ns)
    start_ns = _ns(facts, "browser.resource_timing.redirect_start") or fetch_ns
    end_ns = _ns(facts, "browser.resource_timing.response_end")
    duration_ns = _ns(facts, "browser.resource_timing.duration")
    if start_ns is None or not (end_ns or duration_ns is not None):
        return None
    return Timing(written_ns, start_ns, end_ns or start_ns + (duration_ns or 0))


def _ns(facts: dict[str, object], key: str) -> int | None:
    """A time of the page, which is in milliseconds; None for what is none."""
    value = number(facts, key)
    return round(value * MS) if value is not None and 0 <= value <= _MAX_MS else None
