"""What `rum_action` writes down so that a crash loses nothing and changes nothing.

Three kinds of rows (docs/decisions/0003): a request with its bytes, before it is acknowledged; what was
done with it since, one row a tick; and a request that is over but fed a view what its session needs.
A restart does all of it again in the same order, which gives the same actions (SPEC section 11), and
sends only what is not known to be safe.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

from otelrum.actions.assembler import Assembler
from otelrum.actions.memory import Released
from otelrum.actions.settings import WINDOW_MEMORY_NS
from otelrum.collector.storage import Rows
from otelrum.processors.rum_action.hints import UserHints
from otelrum.processors.rum_action.payload import Kept, Ref

KEEP_WAITS = 12
"""Oldest event that can still affect a decision, in `decision_wait`s: held span 3 + its action 4 + events that action
counted 3 + the click that kept them 2."""

COLLECT_EVERY_NS = 10 * 10**9
"""Deleting old rows needs no hurry."""


def horizon_ns(decision_wait_ns: int) -> int:
    """How long before the oldest held item an event may have come that still matters."""
    # What is known of a decided action's window is known for longer, for what comes late by nature.
    return KEEP_WAITS * decision_wait_ns + WINDOW_MEMORY_NS


class RowKind(IntEnum):
    REQUEST = 1
    TICK = 2
    PINNED = 3
    """A request that is over, kept for the views that it opened or fed."""


class Step(NamedTuple):
    """One thing that was done with the domain, in its order."""

    name: str
    """`observe` (of the request `value`); `due`, `evict` (for `value` bytes more) or `drain`, which begin; `next`:
    so many slices of what was begun last."""
    time_ns: int
    value: int = 0

    def begin(self, assembler: Assembler) -> Iterator[list[Released]]:
        """The slices of what is begun with this step; nothing of it is done yet."""
        if self.name == "evict":
            return assembler.evict(self.time_ns, self.value)
        return assembler.drain(self.time_ns) if self.name == "drain" else assembler.due(self.time_ns)


class JournalRow(NamedTuple):
    """A request as it is written down: when it came, by which pipeline, from whom."""

    time_ns: int
    pipeline: str
    hints: UserHints
    data: bytes

    def encoded(self) -> bytes:
        """One line of JSON, then the bytes as they came."""
        return b"[%d, %b\n%b" % (self.time_ns, _rest_of_head(self.pipeline, self.hints), self.data)

    @classmethod
    def decoded(cls, row: bytes) -> JournalRow:
        head, _, data = row.partition(b"\n")
        time_ns, pipeline, user_agent, address = json.loads(head)
        return cls(time_ns, pipeline, UserHints(user_agent, address), data)


@lru_cache(256)
def _rest_of_head(pipeline: str, hints: UserHints) -> bytes:
    """After the time; there are few browsers, and many requests of each."""
    return json.dumps([pipeline, hints.user_agent, hints.address])[1:].encode()


class Tick(NamedTuple):
    """What was done since the row before: steps, and which items became safe."""

    steps: list[Step]
    safe: dict[int, int]
    """By request: what of its `left` bits is left."""

    def encoded(self) -> bytes:
        # In hexadecimal: Python refuses to write a number of a hundred thousand bits as a decimal one.
        return json.dumps([self.steps, [(id, f"{left:x}") for id, left in self.safe.items()]]).encode()

    @classmethod
    def decoded(cls, row: bytes) -> Tick:
        steps, safe = json.loads(row)
        return cls([Step(*step) for step in steps], {id: int(left, 16) for id, left in safe})


class Journal:
    """The rows of one `rum_action`."""

    def __init__(self, rows: Rows, decision_wait_ns: int) -> None:
        self._rows = rows
        self._keep_ns = horizon_ns(decision_wait_ns)
        self._requests: deque[Kept] = deque()
        self._pinned: list[Kept] = []
        self._ticks: deque[tuple[int, int]] = deque()
        """Time and id of each tick row."""
        self._steps: list[Step] = []
        self._changed: dict[int, Kept] = {}
        self._collected_ns = 0

    @property
    def latest_ns(self) -> int:
        """When the last request came."""
        return self._requests[-1].time_ns if self._requests else 0

    async def keep(self, request: JournalRow, items: int) -> Kept:
        """Write a request down. Raises RetryableError, and then it is not kept."""
        id = await self._rows.put(RowKind.REQUEST, request.encoded())
        return self.known(id, request.time_ns, (1 << items) - 1)

    def known(self, id: int, time_ns: int, left: int) -> Kept:
        """A request that is in the journal."""
        kept = Kept(id, time_ns, left)
        self._requests.append(kept)
        return kept

    def remove(self, kept: Kept) -> None:
        """Remove a request of which nothing was observed: its sender hears to send it again."""
        kept.left = 0
        self._rows.remove([kept.id])

    def known_tick(self, id: int, tick: Tick) -> None:
        """A row of steps that is in the journal; rows come in their order."""
        if tick.steps:
            self._ticks.append((tick.steps[-1].time_ns, id))
        else:
            self._ticks.append((self._ticks[-1][0] if self._ticks else 0, id))

    def known_pinned(self, id: int, time_ns: int) -> Kept:
        """A request that is in the journal for its views alone."""
        kept = Kept(id, time_ns, 0, is_pinned=True)
        self._pinned.append(kept)
        return kept

    def step(self, step: Step) -> None:
        """Something is done with the domain now."""
        self._steps.append(step)

    def next(self, time_ns: int) -> None:
        """Another slice of what was begun: between two of them requests may be observed."""
        steps = self._steps
        if steps and steps[-1].name == "next":
            steps[-1] = Step("next", time_ns, steps[-1].value + 1)
        else:
            steps.append(Step("next", time_ns, 1))

    def safe(self, refs: Iterable[Ref]) -> None:
        """The next stage has these items, or they are given up and counted."""
        places: dict[Kept, list[int]] = {}
        for kept, index in refs:
            places.setdefault(kept, []).append(index)
        for kept, indexes in places.items():
            kept.left &= ~_bits(indexes)
            self._changed[kept.id] = kept

    async def written(self, now_ns: int) -> None:
        """Return when what was done is on disk. Raises RetryableError.

        A decision depends on the order of requests. Sending it before that order is durable would let a replay
        decide otherwise and send a different copy.
        """
        self.tick(now_ns)
        await self._rows.flush()

    def tick(self, now_ns: int) -> None:
        """Write down what was done; delete what cannot matter any more."""
        if self._steps or self._changed:
            tick = Tick(self._steps, {kept.id: kept.left for kept in self._changed.values()})
            id = self._rows.note(RowKind.TICK, tick.encoded())
            self._ticks.append((now_ns, id))
            self._steps, self._changed = [], {}
        if now_ns >= self._collected_ns + COLLECT_EVERY_NS:
            self._collected_ns = now_ns
            self._collect(now_ns)

    def _collect(self, now_ns: int) -> None:
        oldest_ns = next((kept.time_ns for kept in self._requests if kept.left), now_ns)
        horizon_ns = oldest_ns - self._keep_ns
        gone: list[Kept] = []
        still: list[Kept] = []
        pinned: list[Kept] = []
        for kept in self._pinned:
            (still if _feeds_a_view(kept) else gone).append(kept)
        while self._requests and self._requests[0].time_ns < horizon_ns:
            kept = self._requests.popleft()
            (pinned if _feeds_a_view(kept) else gone).append(kept)
        self._pinned = still + pinned
        ticks = []
        while self._ticks and self._ticks[0][0] < horizon_ns:
            ticks.append(self._ticks.popleft()[1])
        if pinned:
            self._rows.mark([kept.id for kept in pinned], RowKind.PINNED)
        if gone or ticks:
            self._rows.remove([*(kept.id for kept in gone), *ticks])


def _bits(indexes: list[int]) -> int:
    """The number that has these bits: made at once, because one by one a large request would take minutes."""
    out = bytearray(max(indexes) // 8 + 1)
    for index in indexes:
        out[index >> 3] |= 1 << (index & 7)
    return int.from_bytes(out, "little")


def _feeds_a_view(kept: Kept) -> bool:
    """Whether a session lives whose views this request has changed."""
    kept.fed_views = {views for views in kept.fed_views if not views.is_evicted}
    return bool(kept.fed_views)
