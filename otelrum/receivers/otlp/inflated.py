"""A body that is being decompressed: its parts, and what they may take."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from otelrum.receivers.otlp.answers import too_large

# What is decompressed between two turns of the loop: about 2 ms of work.
YIELD_BYTES = 1 << 20


class BrokenBody(Exception):
    """The bytes are not what their encoding says."""


class Inflated:
    """Counts what comes out, against the limit of one request and of all together."""

    def __init__(self, limit_bytes: int, hold: Callable[[int], None]) -> None:
        self._limit_bytes = limit_bytes
        self._hold = hold
        self._size_bytes = self._yielded_at = 0
        self._parts: list[bytes] = []

    def count(self, size_bytes: int) -> None:
        """A part of this size is there, or is about to be made. Raises Refusal at a limit."""
        if self._size_bytes + size_bytes > self._limit_bytes:
            raise too_large(self._limit_bytes)
        self._hold(size_bytes)
        self._size_bytes += size_bytes

    async def add(self, part: bytes) -> None:
        """Keep a part that was counted; now and then it is the turn of others."""
        self._parts.append(part)
        if self._size_bytes - self._yielded_at > YIELD_BYTES:
            self._yielded_at = self._size_bytes
            await asyncio.sleep(0)

    def body(self) -> bytes:
        """All parts."""
        return self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
