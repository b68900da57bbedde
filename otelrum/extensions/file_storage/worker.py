"""The one thread that has a file: what blocks is done there, one after the other."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")

_Job = tuple[Callable[[], Any], asyncio.Future[Any]]


class Worker:
    """Less of Python around each piece of work than a pool of threads has: there are hundreds in a second."""

    def __init__(self, name: str) -> None:
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def run(self, work: Callable[[], T]) -> asyncio.Future[T]:
        """Do this after what was asked before; what it gives or raises."""
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._jobs.put((work, done))
        return done

    def end(self) -> None:
        """Wait until all is done that was asked for."""
        self._jobs.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            work, done = job
            outcome, error = None, None
            try:
                outcome = work()
            except Exception as raised:
                error = raised
            with suppress(RuntimeError):  # where the loop is closed nobody waits any more
                done.get_loop().call_soon_threadsafe(_answer, done, outcome, error)


def _answer(done: asyncio.Future[Any], outcome: object, error: Exception | None) -> None:
    if done.done():
        return
    if error is None:
        done.set_result(outcome)
    else:
        done.set_exception(error)
