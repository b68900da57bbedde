"""Remembers keys for a time, in bounded memory."""

from __future__ import annotations

from typing import Generic, TypeVar

Value = TypeVar("Value")


class Recent(Generic[Value]):
    """What was put in the last `keep_ns`, at most twice as long.

    Two generations: when the newer one is old or full, the older one is dropped whole. So nothing is
    looked through, and of more than `most` keys in `keep_ns` the oldest are dropped sooner.
    """

    def __init__(self, keep_ns: int, most: int) -> None:
        self._keep_ns = keep_ns
        self._most = most
        self._newer: dict[bytes, Value] = {}
        self._older: dict[bytes, Value] = {}
        self._began_ns = 0

    def get(self, key: bytes) -> Value | None:
        """What was put last under this key."""
        found = self._newer.get(key)
        return self._older.get(key) if found is None else found

    def put(self, key: bytes, value: Value, now_ns: int) -> None:
        """Remember; `now_ns` is of a clock that never steps."""
        if now_ns - self._began_ns >= self._keep_ns or len(self._newer) >= self._most:
            self._older = self._newer if now_ns - self._began_ns < 2 * self._keep_ns else {}
            self._newer, self._began_ns = {}, now_ns
        self._newer[key] = value

    def drop(self, key: bytes) -> None:
        """Drop a key, if it is there."""
        self._newer.pop(key, None)
        self._older.pop(key, None)
