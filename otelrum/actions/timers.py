"""When to look at a session again: timers in buckets, so that a hundred thousand cost what one does."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import Final

from otelrum.actions.session import Session
from otelrum.actions.settings import SECOND

TICK_NS: Final = SECOND // 5
"""Sessions wake in steps of 200 ms: the caller asks no more often."""


class Timers:
    """At most one wake a session, the earliest that was asked for."""

    def __init__(self) -> None:
        self._buckets: dict[int, list[Session]] = {}
        self._order: list[int] = []

    def at(self, session: Session, time_ns: int) -> None:
        """Wake this session at this time (the end of its step), or earlier if that was asked for before."""
        if time_ns < 0 or session.is_over:
            return
        bucket = -(-time_ns // TICK_NS)
        if 0 <= session.wake <= bucket:
            return
        session.wake = bucket
        if bucket not in self._buckets:
            self._buckets[bucket] = []
            heapq.heappush(self._order, bucket)
        self._buckets[bucket].append(session)

    def next_ns(self) -> int | None:
        return self._order[0] * TICK_NS if self._order else None

    def due(self, now_ns: int) -> Iterator[Session]:
        """Sessions whose time has come, each once; what is over since is left out."""
        while self._order and self._order[0] * TICK_NS <= now_ns:
            bucket = heapq.heappop(self._order)
            for session in self._buckets.pop(bucket):
                if session.wake == bucket and not session.is_over:
                    session.wake = -1
                    yield session


def next_deadline_ns(session: Session, now_ns: int, wait_ns: int) -> int:
    """When this session has something to do next; -1 for never. `wait_ns` is `decision_wait`."""
    next_deadline_ns = session.decide_ns
    if session.held:
        covered = session.count_held(now_ns - wait_ns)
        if covered:
            next_deadline_ns = _earlier(next_deadline_ns, session.held[0].arrived_ns + 3 * wait_ns)
        if covered < len(session.held):
            next_deadline_ns = _earlier(next_deadline_ns, session.held[covered].arrived_ns + wait_ns)
    elif not session.is_idle:  # then all that is remembered may be expired
        next_deadline_ns = _earlier(next_deadline_ns, now_ns + wait_ns)
    return next_deadline_ns


def _earlier(a_ns: int, b_ns: int) -> int:
    """The earlier of two times, of which the first may be none, which is -1."""
    return b_ns if a_ns < 0 else min(a_ns, b_ns)
