"""The open pages: each has a short queue, and a slow one misses what is oldest."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable

QUEUE = 512
"""Events that wait for one reader. They are shared between readers, so each costs a reference."""

MAX_WATCHERS = 500
"""Far more people than look at one collector; beyond it new ones are asked to come again."""

KEEP_ALIVE_S = 15.0
"""Interval of signs of life where nothing happens: proxies close silent connections."""

SILENCE = b": nothing new\n\n"


def event(name: str, data: bytes) -> bytes:
    """One server-sent event; `data` is one line."""
    return b"event: %s\ndata: %s\n\n" % (name.encode(), data)


class Watcher:
    """One open page."""

    def __init__(self, first: Iterable[bytes]) -> None:
        self._first = first
        self._queue: deque[bytes] = deque()
        self._missed = 0
        self._woken = asyncio.Event()

    def send(self, sent: bytes) -> None:
        """Queue an event; the oldest one goes where there is no room."""
        if len(self._queue) >= QUEUE:
            self._queue.popleft()
            self._missed += 1
        self._queue.append(sent)
        self._woken.set()

    async def events(self) -> AsyncIterator[bytes]:
        """What there was, then what comes, as long as somebody reads."""
        for sent in self._first:
            yield sent
        self._first = ()
        while True:
            while self._queue:
                yield self._taken()
            self._woken.clear()
            try:
                await asyncio.wait_for(self._woken.wait(), KEEP_ALIVE_S)
            except TimeoutError:
                yield SILENCE

    def _taken(self) -> bytes:
        if self._missed:
            missed, self._missed = self._missed, 0
            return event("missed", b'{"count":%d}' % missed) + self._queue.popleft()
        return self._queue.popleft()


class Audience:
    """All open pages."""

    def __init__(self) -> None:
        self._watchers: set[Watcher] = set()

    def __len__(self) -> int:
        return len(self._watchers)

    @property
    def is_full(self) -> bool:
        """Whether no more watchers fit."""
        return len(self._watchers) >= MAX_WATCHERS

    def send(self, name: str, data: bytes) -> None:
        """The same event for everybody."""
        if self._watchers:
            sent = event(name, data)
            for watcher in self._watchers:
                watcher.send(sent)

    async def watch(self, first: Iterable[bytes]) -> AsyncIterator[bytes]:
        """The events of one page, until it is closed."""
        watcher = Watcher(first)
        self._watchers.add(watcher)
        try:
            async for sent in watcher.events():
                yield sent
        finally:
            self._watchers.discard(watcher)
