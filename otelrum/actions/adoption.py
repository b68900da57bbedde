"""Spans that name no session: they are of the session of their nearest ancestor that has one (SPEC section 3)."""

from __future__ import annotations

from otelrum.actions.event_class import STARTS, EventClass
from otelrum.actions.lineage import Memo, nearest
from otelrum.actions.memory import Memory
from otelrum.actions.model import Event
from otelrum.actions.session import Session


def adopt(session: Session, memory: Memory) -> list[Session]:
    """Move what is held of related traces to the sessions that it turns out to be of; returns who got some."""
    found: set[Session] = set()
    for trace in [session, *session.related] if session.related else ():
        if not trace.key.session:
            found |= _give_up(trace, memory)
    return [other for other in found if other is not session]


def _give_up(trace: Session, memory: Memory) -> set[Session]:
    def has_session(event: Event) -> bool:
        return bool(event.key.session)

    memo: Memo = {}
    found: set[Session] = set()
    for event in list(trace.held):
        ancestor = nearest(event, memory.spans, has_session, memo)
        owner = memory.session(ancestor.key) if ancestor is not None else None
        if owner is not None and owner.key.service == trace.key.service:
            _move(event, trace, owner)
            memory.holding.setdefault(owner)
            found.add(owner)
    return found


def _move(event: Event, source: Session, target: Session) -> None:
    source.events.remove(event)
    source.held.remove(event)
    source.moved()
    if event.kind == EventClass.MUTATION:
        source.views.mutated = any(other.kind == EventClass.MUTATION for other in source.events)
    target.add(event)
    target.held.append(event)
    target.held.sort(key=lambda held: held.arrived_ns)
    if event.kind in STARTS:
        source.undecided.remove(event)
        if not source.undecided:
            source.decide_ns = -1
        target.undecided.append(event)
        target.decide_by(0)  # at the next look: it may be due
