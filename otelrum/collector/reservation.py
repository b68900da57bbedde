"""Room that is reserved in what is behind, for a batch that is still being joined (docs/decisions/0007).

    reserve -> add, add, ...   each answered when its data is as safe as the pipeline promises
            -> close           what was added goes on as one request

So whoever brings data waits for no timer, and what is acknowledged has its room.
"""

from __future__ import annotations

from collections.abc import Awaitable, Generator
from typing import Protocol, runtime_checkable

from otelrum.collector.component import Consumer
from otelrum.otlp.batch import Batch, Signal


class Reservation(Protocol):
    """Room for one joined request."""

    def add(self, batch: Batch) -> Awaitable[None]:
        """Join a batch: it is safe when what this returns has been awaited.

        Raises PermanentError or RetryableError, here or when awaited, and then has kept nothing of it.
        After `close` a batch goes on by itself.
        """
        ...

    def close(self) -> None:
        """What was added goes on. A batch that is still on its way into its place follows."""
        ...


@runtime_checkable
class Reserving(Protocol):
    """A consumer that has room, or hands on to one that has."""

    def reserve(self, signal: Signal) -> Reservation:
        """Room for one more joined request of this signal; it takes none until something is added."""
        ...


def reserve(consumer: Consumer, signal: Signal) -> Reservation:
    """Room in a consumer; one that has none of its own takes each batch at once, and answers itself."""
    return consumer.reserve(signal) if isinstance(consumer, Reserving) else PassedOn(consumer)


class PassedOn:
    """A reservation in a consumer without room."""

    __slots__ = ("_consumer",)

    def __init__(self, consumer: Consumer) -> None:
        self._consumer = consumer

    def add(self, batch: Batch) -> Awaitable[None]:
        return self._consumer.consume(batch)

    def close(self) -> None:
        """Nothing was kept."""


class Done:
    """An answer that is there already."""

    __slots__ = ()

    def __await__(self) -> Generator[None, None, None]:
        yield from ()


DONE = Done()
