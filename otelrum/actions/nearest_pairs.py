"""Which of two sorts of things describe the same moment: pairs made nearest first, each used once."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
Timed = tuple[int, T]


def nearest_pairs(left: Sequence[Timed[T]], right: Sequence[Timed[T]], within_ns: int) -> list[tuple[T, T]]:
    """Pairs (one of `left`, one of `right`) at most `within_ns` from each other, in O(n log n).

    On a line the nearest two of different sorts are always neighbours among what is left, so it is
    enough to look at neighbours: a heap of them, and links that close the gap when a pair leaves.
    Ties go to the earlier pair, then to the order given.
    """
    line = sorted(
        [(time_ns, at, 0, thing) for at, (time_ns, thing) in enumerate(left)]
        + [(time_ns, at, 1, thing) for at, (time_ns, thing) in enumerate(right)],
        key=lambda place: place[:3],
    )
    before = list(range(-1, len(line) - 1))
    after = list(range(1, len(line) + 1))
    heap: list[tuple[int, int, int]] = []

    def offer(a: int, b: int) -> None:
        if a >= 0 and b < len(line) and line[a][2] != line[b][2] and line[b][0] - line[a][0] <= within_ns:
            heapq.heappush(heap, (line[b][0] - line[a][0], a, b))

    for at in range(len(line) - 1):
        offer(at, at + 1)
    taken = [False] * len(line)
    pairs = []
    while heap:
        _, a, b = heapq.heappop(heap)
        if taken[a] or taken[b]:
            continue
        taken[a] = taken[b] = True
        pairs.append((line[a][3], line[b][3]) if line[a][2] == 0 else (line[b][3], line[a][3]))
        left_of, right_of = before[a], after[b]
        if left_of >= 0:
            after[left_of] = right_of
        if right_of < len(line):
            before[right_of] = left_of
        offer(left_of, right_of)
    return pairs
