"""The contract of what keeps rows over a restart: a journal of requests, a queue on disk."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import NamedTuple, Protocol

from otelrum.collector.component import Component, ComponentId, Host
from otelrum.collector.errors import ConfigError


class Row(NamedTuple):
    """What was kept: `id` grows with each row, `kind` is the owner's."""

    id: int
    kind: int
    data: bytes


class Rows(Protocol):
    """The rows of one owner."""

    @property
    def size_bytes(self) -> int:
        """How much room the rows take."""
        ...

    async def put(self, kind: int, data: bytes) -> int:
        """Keep a row; returns its id when it is safe. Raises RetryableError, and then nothing was kept."""
        ...

    def note(self, kind: int, data: bytes) -> int:
        """Keep a row with the next commit; it is safe no later than any `put` that follows."""
        ...

    async def flush(self) -> None:
        """Wait until all notes are safe. Raises RetryableError; they stay in line, and go with a later commit."""
        ...

    def mark(self, ids: Iterable[int], kind: int) -> None:
        """Give rows another kind with the next commit."""
        ...

    def remove(self, ids: Iterable[int]) -> None:
        """Drop rows with the next commit."""
        ...

    def read(self, *kinds: int) -> AsyncIterator[Row]:
        """All sound rows of these kinds, by id, a few at a time: they may be more than fits in memory."""
        ...

    async def data(self, id: int) -> bytes:
        """What a row holds; waits while the disk fails. Raises KeyError where it is not kept, or damaged and lost."""
        ...

    async def close(self) -> None:
        """Make everything safe and let go."""
        ...


class Storage(Component, Protocol):
    """An extension that keeps rows."""

    async def open(self, owner: str) -> Rows:
        """The rows of this owner, with what an earlier life left. One owner opens once."""
        ...


async def open_rows(host: Host, storage: str, owner: str) -> Rows:
    """The rows of an owner in the storage extension with this id. Raises ConfigError."""
    kind, _, name = storage.partition("/")
    extension = host.extension(ComponentId(kind, name))
    open_ = getattr(extension, "open", None)
    if open_ is None:
        raise ConfigError(f"{owner}: {storage!r} is no storage extension")
    rows: Rows = await open_(owner)
    return rows
