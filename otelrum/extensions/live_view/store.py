"""What the page remembers: the latest actions, as many as fit."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from otelrum.collector.feed import Finished, Value
from otelrum.otlp.batch import Batch

ENTRY_BYTES = 1000
"""What an action costs beside its texts: objects, the place in the ring."""


def json_bytes(value: Value) -> bytes:
    """One line; no `<` or U+2028 that means something to whoever reads it as something else."""
    return json.dumps(value, separators=(",", ":")).replace("<", "\\u003c").encode()


@dataclass(frozen=True, slots=True)
class Entry:
    """One action."""

    id: str
    summary: bytes
    detail: bytes
    items: Sequence[Batch]

    @property
    def size_bytes(self) -> int:
        texts = len(self.summary) + len(self.detail) + sum(len(batch.data) for batch in self.items)
        return texts + ENTRY_BYTES


class Store:
    """A ring of actions of at most so many bytes; the oldest goes first."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._entries: OrderedDict[str, Entry] = OrderedDict()
        self.size_bytes = 0

    def add(self, action: Finished) -> Entry:
        """Keep an action; one with the same id is replaced, and one that is too large alone is not kept."""
        entry = Entry(action.id, json_bytes(action.summary), json_bytes(action.detail), action.items)
        self._drop(action.id)
        self._entries[action.id] = entry
        self.size_bytes += entry.size_bytes
        while self.size_bytes > self._max_bytes:
            self._drop(next(iter(self._entries)))
        return entry

    def _drop(self, id: str) -> None:
        entry = self._entries.pop(id, None)
        if entry is not None:
            self.size_bytes -= entry.size_bytes

    def find(self, id: str) -> Entry | None:
        """An action, if it is still there."""
        return self._entries.get(id)

    def latest(self, count: int) -> Iterable[Entry]:
        """Up to so many of the latest ones, oldest first."""
        return list(self._entries.values())[-count:]
