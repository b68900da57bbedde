"""A storage without a disk: what a crash at this moment would leave is known at every turn of the loop."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field

from otelrum.collector.component import Host
from otelrum.collector.storage import Row


@dataclass(slots=True)
class RowsInMemory:
    """Rows that are safe, and notes that are not yet."""

    safe: dict[int, Row] = field(default_factory=dict)
    notes: dict[int, Row] = field(default_factory=dict)

    @property
    def size_bytes(self) -> int:
        return sum(len(row.data) for row in self.safe.values())

    async def put(self, kind: int, data: bytes) -> int:
        id = self.note(kind, data)
        await self.flush()
        return id

    def note(self, kind: int, data: bytes) -> int:
        id = max((*self.safe, *self.notes), default=0) + 1
        self.notes[id] = Row(id, kind, data)
        return id

    async def flush(self) -> None:
        self.safe |= self.notes
        self.notes.clear()

    def mark(self, ids: Iterable[int], kind: int) -> None:
        for id in ids:
            self.safe[id] = self.safe[id]._replace(kind=kind)

    def remove(self, ids: Iterable[int]) -> None:
        for id in ids:
            self.safe.pop(id, None)
            self.notes.pop(id, None)

    async def read(self, *kinds: int) -> AsyncIterator[Row]:
        for id in sorted(self.safe):
            if self.safe[id].kind in kinds:
                yield self.safe[id]

    async def data(self, id: int) -> bytes:
        return self.safe[id].data

    async def close(self) -> None:
        await self.flush()


class StorageInMemory:
    """An extension with the rows of one owner, perhaps those that an earlier life left."""

    def __init__(self, left: Mapping[int, Row] | None = None) -> None:
        self.rows = RowsInMemory(dict(left or {}))

    async def start(self, host: Host) -> None:
        """Nothing to open."""

    async def shutdown(self, deadline_ns: int) -> None:
        """Nothing to close."""

    async def open(self, owner: str) -> RowsInMemory:
        return self.rows

    def crashed(self) -> dict[int, Row]:
        """What is left if the process dies now."""
        return dict(self.rows.safe)
