"""What log records leave open: when their requests ran, and which spans describe the same (SPEC section 12)."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from otelrum.actions.details import Fault, Timing
from otelrum.actions.event_class import EventClass
from otelrum.actions.lineage import Spans
from otelrum.actions.model import Event
from otelrum.actions.nearest_pairs import Timed, nearest_pairs
from otelrum.actions.session import Session
from otelrum.actions.settings import SECOND, SEEN_TWICE_NS
from otelrum.actions.view import View

_NEAR_NS: Final = 60 * SECOND
_CLOCK_SET_NS: Final = SECOND
"""An origin that is more than 1 s away from what was written within 60 s: the clock was set."""


def first_guess_ns(session: Session, view_id: str, timing: Timing) -> int:
    """The start of a request until more is known, good to some ms where the page reported its document."""
    view = session.views.get(view_id)
    origin_ns = _document_origin(session, view) if view else None
    return (timing.origin_at_most_ns if origin_ns is None else origin_ns) + timing.start_ns


def resolve_records(session: Session, spans: Spans) -> None:
    """Give every record of the session its true time and its counterpart, by all that is known now.

    Counterparts of which one has gone out already stay as they are.
    """
    _place_requests(session)
    loose = [event for event in session.timeline() if not _is_resolved(event)]
    for event in loose:
        event.counterpart = None
    _pair_by_context(loose, spans)
    _pair_requests(loose)
    _pair_errors(session, loose)
    session.moved()


def _is_resolved(event: Event) -> bool:
    return event.counterpart is not None and not (event.is_held and event.counterpart.is_held)


# ------------------------------------------------------------------ times
def _place_requests(session: Session) -> None:
    of_view: dict[str, list[Event]] = defaultdict(list)
    for event in session.events:
        if event.is_record and event.kind == EventClass.RESOURCE and event.is_held:
            of_view[event.view].append(event)
    known = session.views.samples or {}
    for view_id, events in of_view.items():
        view = session.views.get(view_id)
        samples = known.get(view_id) or [_sample(event) for event in events]
        document_ns = _document_origin(session, view) if view else None
        for event, origin_ns in _origins(events, sorted(samples), document_ns):
            timing = _timing(event)
            event.start_ns = origin_ns + timing.start_ns
            event.end_ns = origin_ns + timing.end_ns
    session.moved()


def _origins(
    events: list[Event], samples: list[tuple[int, int]], document_ns: int | None
) -> Iterator[tuple[Event, int]]:
    """The time origin for each event: one sweep over what was written within 60 s of it."""
    overall_ns = document_ns if document_ns is not None else min(origin for _, origin in samples)
    near: deque[tuple[int, int]] = deque()  # rising origins: the first is the smallest in the window
    coming = 0
    for event in sorted(events, key=lambda e: _timing(e).written_ns):
        written_ns = _timing(event).written_ns
        while coming < len(samples) and samples[coming][0] <= written_ns + _NEAR_NS:
            while near and near[-1][1] >= samples[coming][1]:
                near.pop()
            near.append(samples[coming])
            coming += 1
        while near and near[0][0] < written_ns - _NEAR_NS:
            near.popleft()
        local_ns = near[0][1] if near else _timing(event).origin_at_most_ns
        yield event, local_ns if abs(local_ns - overall_ns) > _CLOCK_SET_NS else overall_ns


def _document_origin(session: Session, view: View) -> int | None:
    """That of the view's own document, else of the latest document of its session and tab before it."""
    if view.origin_ns is not None:
        return view.origin_ns
    document = session.views.document_at(view.start_ns, view.tab)
    return document.origin_ns if document else None


def _sample(event: Event) -> tuple[int, int]:
    timing = _timing(event)
    return timing.written_ns, timing.origin_at_most_ns


def _timing(event: Event) -> Timing:
    assert isinstance(event.detail, Timing)
    return event.detail


# ------------------------------------------------------------------ seen twice
def _pair_by_context(events: Iterable[Event], spans: Spans) -> None:
    """A resource event whose span context names a request's span is that span's, whatever its URL and time."""
    for record in events:
        if not (record.is_record and record.kind == EventClass.RESOURCE and record.parent):
            continue
        span = spans.get(record.parent)
        if span is not None and span.kind == EventClass.RESOURCE and span.is_request and span.counterpart is None:
            span.counterpart, record.counterpart = record, span


def _pair_requests(events: Iterable[Event]) -> None:
    """A span and a resource event with the same URL that start within 50 ms are one request."""
    of_url: dict[str, tuple[list[Timed[Event]], list[Timed[Event]]]] = defaultdict(lambda: ([], []))
    for event in events:
        if event.kind == EventClass.RESOURCE and event.url and event.counterpart is None:
            of_url[event.url][event.is_record].append((event.start_ns, event))
    for spans, records in of_url.values():
        for span, record in nearest_pairs(spans, records, SEEN_TWICE_NS):
            span.counterpart, record.counterpart = record, span


class Seen(NamedTuple):
    """An error of an event."""

    event: Event
    fault: Fault


def _pair_errors(session: Session, events: Iterable[Event]) -> None:
    """A span event and a record within 50 ms, with the same message where both have one, are one error."""
    used = {
        (e.counterpart, e.faults[0].time_ns)
        for e in session.events
        if e.kind == EventClass.ERROR and e.counterpart and e.faults
    }
    spans: dict[str, list[Timed[Seen]]] = defaultdict(list)
    records: dict[str, list[Timed[Seen]]] = defaultdict(list)
    for event in events:
        if event.is_record and event.kind == EventClass.ERROR:
            event.faults = tuple(Fault(event.start_ns, fault.message) for fault in event.faults)
            for fault in event.faults:
                records[fault.message].append((event.start_ns, Seen(event, fault)))
        elif not event.is_record:
            for fault in event.faults:
                if (event, fault.time_ns) not in used:
                    spans[fault.message].append((fault.time_ns, Seen(event, fault)))
    if not records or not spans:
        return
    for message in records.keys() & spans.keys():
        _join(spans[message], records[message])
    silent_spans, silent_records = spans.get("", []), records.get("", [])
    _join(silent_spans, [timed for same in records.values() for timed in same])
    _join([timed for same in spans.values() for timed in same], silent_records)


def _join(spans: list[Timed[Seen]], records: list[Timed[Seen]]) -> None:
    """Pair the nearest, and take them out of the lists."""
    pairs = nearest_pairs(spans, [timed for timed in records if timed[1].event.counterpart is None], SEEN_TWICE_NS)
    taken = {id(span) for span, _ in pairs}
    for (span, fault), (record, fault_of_record) in pairs:
        record.counterpart = span
        record.faults = (Fault(fault.time_ns, fault_of_record.message),)
    spans[:] = [timed for timed in spans if id(timed[1]) not in taken]
