"""What a component that holds data needs of a log that is read again after a crash (SPEC section 17).

A receiver that reads such a log gives each batch an `Arrival`. `consume` of that batch returns when all of
it has left: the receiver may then drop it. A holder calls `taken` as soon as the next batch may come.
What it holds it loses with the partition, because the next owner reads all of it again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from enum import Enum
from typing import NamedTuple, Protocol

from otelrum.otlp.batch import Batch


class Follower(Protocol):
    """A holder, as the partition knows it."""

    async def advance(self, time_ns: int) -> None:
        """Time has passed in the log without a batch, in unix nanoseconds."""
        ...

    def lost(self) -> None:
        """Another process owns the partition, or will: drop everything of it, send nothing."""
        ...


class PastKind(Enum):
    """What a batch from before is."""

    STATE = "state"
    """It was remembered: only its durable facts matter."""
    REPLAY = "replay"
    """All of it has left; what is decided next may depend on it."""


class Past(NamedTuple):
    """Something that came before the first batch of this life; without a batch, time that passed."""

    kind: PastKind
    time_ns: int
    batch: Batch | None


class Partition(Protocol):
    """One partition of a log while this process owns it."""

    number: int
    count: int
    """How many partitions the log has: a limit's share of this one is one of so many."""

    def follow(self, follower: Follower) -> None:
        """Call this holder as time passes, and when the partition is lost."""
        ...

    def past(self, horizon_ns: int) -> AsyncIterator[Past]:
        """State first, then what came within `horizon_ns` before the first batch that has not left."""
        ...

    def remember(self, arrival: Place, key: bytes, batch: Batch) -> None:
        """Keep a request for every later owner, until `drop`. `arrival` is that of the batch that it came in."""
        ...

    def drop(self, key: bytes) -> None:
        """What was remembered under this key is over."""
        ...

    def tick(self) -> None:
        """Ask the log to note that time passes: `advance` follows."""
        ...


class Place:
    """Where a batch stands in the log: the Arrival of a partition's batch."""

    __slots__ = ("offset", "partition", "taken", "time_ns", "topic")

    def __init__(self, partition: Partition, topic: str, offset: int, time_ns: int) -> None:
        self.partition = partition
        self.topic = topic
        self.offset = offset
        self.time_ns = time_ns
        self.taken = asyncio.Event()
        """Set when the next batch may come."""
