"""The queue before a network exporter: what waits here was accepted and not yet sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, Protocol

from pydantic import Field, model_validator

from otelrum.collector.batcher import BatchLimits
from otelrum.collector.component import Host
from otelrum.collector.reservation import Reservation
from otelrum.collector.sections import Duration, Section
from otelrum.otlp.batch import Batch

Sizer = Literal["requests", "items", "bytes"]


class QueueBatchConfig(Section):
    """`sending_queue::batch`: requests are joined in the queue; without the key they go as they come."""

    flush_timeout: Duration = timedelta(milliseconds=200)
    min_size: int = Field(default=8192, ge=0)
    max_size: int = Field(default=0, ge=0)
    sizer: Literal["items", "bytes"] = "items"

    @model_validator(mode="after")
    def _the_cap_is_not_below_the_trigger(self) -> QueueBatchConfig:
        if 0 < self.max_size < self.min_size:
            raise ValueError("max_size must be at least min_size")
        return self

    def limits(self) -> BatchLimits:
        """What the batcher knows of it."""
        return BatchLimits(self.min_size, self.max_size, self.flush_timeout.total_seconds(), self.sizer)


class QueueConfig(Section):
    """`sending_queue`, with the OpenTelemetry Collector's defaults."""

    enabled: bool = True
    num_consumers: int = Field(default=10, gt=0)
    queue_size: int = Field(default=1000, gt=0)
    sizer: Sizer = "requests"
    block_on_overflow: bool = False
    wait_for_result: Literal[False] = False
    storage: str | None = None
    batch: QueueBatchConfig | None = None

    @model_validator(mode="before")
    @classmethod
    def _an_empty_batch_has_all_defaults(cls, value: Any) -> Any:
        if isinstance(value, dict) and "batch" in value and value["batch"] is None:
            return value | {"batch": {}}
        return value


@dataclass(frozen=True, slots=True, eq=False)
class Queued:
    """A batch in the queue, the keys under which the queue knows it, and the room that it takes."""

    keys: tuple[int, ...]
    batch: Batch
    size: int


class SendingQueue(Protocol):
    """A bounded line of batches of one signal. Each is taken once and done once, whatever became of it.

    A queue that keeps its rows on disk fits here: a row is a signal and bytes, it is written
    before `put` returns and goes with `done`.
    """

    capacity: int

    @property
    def size(self) -> int:
        """What is in it, in the unit of `capacity`, also what is being sent."""
        ...

    @property
    def items(self) -> int:
        """The same in spans, log records and metrics."""
        ...

    async def open(self, host: Host) -> None:
        """Make ready; what an earlier life left comes first."""
        ...

    async def put(self, batch: Batch) -> None:
        """Take a batch. Raises RetryableError when full, PermanentError when it can never fit."""
        ...

    async def take(self) -> Queued | None:
        """The next batch; None when the queue is closed and nothing is left to take."""
        ...

    async def done(self, queued: Queued) -> None:
        """Drop a batch: it was sent, or given up and counted."""
        ...

    def reserve(self) -> Reservation:
        """Room for a batch that is still being joined; what is added is as safe as with `put`."""
        ...

    async def replace(self, queued: Queued, parts: Sequence[Batch]) -> None:
        """Put what a batch was divided into in its place, at the end of the line."""
        ...

    async def close(self) -> None:
        """Take nothing more; what is in it can still be taken."""
        ...

    async def abandon(self) -> list[Batch]:
        """At the very end: what is lost with this process. Nothing, where the queue is on disk."""
        ...
