"""When to look at a session again: timers in buckets, so that a hundred thousand cost what one does."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import Final

from otelrum.actions.session import Session
from otelrum.actions.settings import SECOND

BUCKET_NS: Final = SECOND // 5
"""Timers go off in steps of 200 ms: the caller asks no more often."""


class Timers:
    """At most one a session, the earliest that was asked for. One that goes off early or for nothing does no harm."""

    def __init__(self) -> None:
        self._buckets: dict[int, list[Session]] = {}
        self._order: list[int] = []
        self._popped = -1
        """The latest bucket that was due."""

    def set(self, session: Session, time_ns: int) -> None:
        """Look at this session at this time (the end of its bucket), or earlier if that was asked for before.

        A time that is past means the next bucket: what is due now has been looked at.
        """
        if time_ns < 0 or session.is_over:
            return
        bucket = max(-(-time_ns // BUCKET_NS), self._popped + 1)
        if 0 <= session.timer_bucket <= bucket:
            return
        session.timer_bucket = bucket
        if bucket not in self._buckets:
            self._buckets[bucket] = []
            heapq.heappush(self._order, bucket)
        self._buckets[bucket].append(session)

    def next_ns(self) -> int | None:
        """When the first goes off; None when none is set."""
        return self._order[0] * BUCKET_NS if self._order else None

    def pop_due(self, now_ns: int) -> Iterator[Session]:
        """Sessions whose time has come, each once; what is over since is left out."""
        self._popped = now_ns // BUCKET_NS
        while self._order and self._order[0] <= self._popped:
            bucket = heapq.heappop(self._order)
            for session in self._buckets.pop(bucket):
                if session.timer_bucket == bucket and not session.is_over:
                    session.timer_bucket = -1
                    yield session


def next_deadline_ns(session: Session, now_ns: int, wait_ns: int) -> int:
    """When this session has something to do next; -1 for never. `wait_ns` is `decision_wait`."""
    deadline_ns = session.decide_ns
    if session.held:
        covered = session.count_held(now_ns - wait_ns)
        if covered:
            deadline_ns = _earlier(deadline_ns, session.held[0].arrived_ns + 3 * wait_ns)
        if covered < len(session.held):
            deadline_ns = _earlier(deadline_ns, session.held[covered].arrived_ns + wait_ns)
    elif session.events or session.actions:  # then all that is remembered may be dropped
        deadline_ns = _earlier(deadline_ns, now_ns + wait_ns)
    elif session.views.windows:
        deadline_ns = _earlier(deadline_ns, session.views.windows[0].until_ns)
    return deadline_ns


def _earlier(a_ns: int, b_ns: int) -> int:
    """The earlier of two times, of which the first may be none, which is -1."""
    return b_ns if a_ns < 0 else min(a_ns, b_ns)
