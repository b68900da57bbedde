"""Which clicks that wait can be of an action that is due: on a busy page most of them are of later ones.

Clicks come in bursts. Nothing joins an interaction of one burst to one of another (SPEC sections 4 and 8), so
a burst of which nothing is due needs no look, and a decision costs what its burst is long.
"""

from __future__ import annotations

from collections.abc import Iterable

from otelrum.actions.event_class import EventClass
from otelrum.actions.model import Event
from otelrum.actions.one_click import OneClick, by_start, gesture_of
from otelrum.actions.overlaps import may_overlap
from otelrum.actions.session import Session
from otelrum.actions.settings import CHAIN_GAP_NS, Settings


def may_be_due(session: Session, rule: OneClick, settings: Settings, until_ns: int) -> list[Event]:
    """The undecided interactions of which an action may be due by then (the collector's clock)."""
    interactions = [event for event in session.undecided if event.kind == EventClass.INTERACTION]
    if not _are_independent(session, interactions, settings):
        return interactions
    came_by_ns = until_ns - settings.decision_wait_ns
    due = [burst for burst in bursts(interactions, rule) if min(event.arrived_ns for event in burst) <= came_by_ns]
    return [event for burst in due for event in burst]


def bursts(interactions: Iterable[Event], rule: OneClick) -> list[list[Event]]:
    """Interactions without parents, by start, cut where neither a rage nor a listener nor a gesture goes on."""
    runs = _runs(interactions, rule)
    last_run = {gesture_of(event): at for at, run in enumerate(runs) for event in run if gesture_of(event)}
    out: list[list[Event]] = []
    joined_to = -1
    for at, run in enumerate(runs):
        if at <= joined_to:
            out[-1] += run
        else:
            out.append(run[:])
        joined_to = max([joined_to, *(last_run.get(gesture_of(event), -1) for event in run)])
    return out


def _runs(interactions: Iterable[Event], rule: OneClick) -> list[list[Event]]:
    """The same by time alone."""
    out: list[list[Event]] = []
    latest_end_ns = 0
    for event in sorted(interactions, key=by_start):
        is_near = event.start_ns - latest_end_ns <= CHAIN_GAP_NS
        if out and (is_near or rule.may_share_task(out[-1][-1].start_ns, event.start_ns)):
            out[-1].append(event)
        else:
            out.append([event])
        latest_end_ns = max(latest_end_ns, event.end_ns)
    return out


def _are_independent(session: Session, interactions: list[Event], settings: Settings) -> bool:
    """Whether only what is near in time can touch: no descent, no records beside spans, no overlaps that matter."""
    if settings.discard_overlaps or session.has_records or any(event.parent for event in interactions):
        return False
    ends_ns = [action.end_ns for action in session.actions]
    starts_ns = sorted([event.start_ns for event in interactions])
    return not may_overlap(ends_ns, [(start_ns, start_ns + settings.max_duration_ns) for start_ns in starts_ns])
