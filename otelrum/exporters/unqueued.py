"""A joined request without a queue: whoever brought a part of it waits until the backend has it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Coroutine
from dataclasses import dataclass
from typing import Any, Protocol

from otelrum.collector.errors import OtelrumError, RetryableError
from otelrum.exporters.dividing import divided
from otelrum.otlp.batch import Batch, join


class Deliverer(Protocol):
    """What sends while the caller waits."""

    def begin(self, work: Coroutine[Any, Any, None]) -> None: ...

    async def send(self, batch: Batch) -> None: ...

    async def deliver(self, batch: Batch) -> None: ...

    def refuse(self, batch: Batch, error: OtelrumError) -> None: ...


@dataclass(slots=True)
class Waiting:
    """A batch, and the caller that waits for what becomes of it."""

    batch: Batch
    answer: asyncio.Future[None]

    def resolve(self, error: BaseException | None = None) -> None:
        """Answer the caller, unless it went away."""
        if self.answer.done():
            return
        if error is None:
            self.answer.set_result(None)
        else:
            self.answer.set_exception(error)


class UnqueuedReservation:
    """Holds what was added until it is closed, and then sends it as one."""

    def __init__(self, deliverer: Deliverer) -> None:
        self._deliverer = deliverer
        self._waiting: list[Waiting] = []
        self._is_closed = False

    def add(self, batch: Batch) -> Awaitable[None]:
        waiting = Waiting(batch, asyncio.get_running_loop().create_future())
        if self._is_closed:
            self._deliverer.begin(self._send([waiting]))
        else:
            self._waiting.append(waiting)
        return waiting.answer

    def close(self) -> None:
        self._is_closed = True
        # A caller that went away counts its batch as not taken: sent too, it would be there twice.
        group = [waiting for waiting in self._waiting if not waiting.answer.done()]
        if group:
            self._deliverer.begin(self._send(group))

    async def _send(self, group: list[Waiting]) -> None:
        joined = join([waiting.batch for waiting in group])
        error: BaseException | None = None
        try:
            await self._deliverer.send(joined)
        except OtelrumError as refused:
            if divided(joined, refused):
                await self._send_each(group)
                return
            self._deliverer.refuse(joined, refused)
            error = refused
        except asyncio.CancelledError:
            error = RetryableError("the collector is shutting down")
        for waiting in group:
            waiting.resolve(error)

    async def _send_each(self, group: list[Waiting]) -> None:
        """One bad request must not take the others with it."""
        for waiting in group:
            try:
                await self._deliverer.deliver(waiting.batch)
            except OtelrumError as error:
                waiting.resolve(error)
            except asyncio.CancelledError:
                waiting.resolve(RetryableError("the collector is shutting down"))
            else:
                waiting.resolve()
