"""Joins small requests into large ones, in the room that what is behind has for them.

Nothing is kept here: a batch that is still open lies in the sending queue behind, which has counted
its items and, where it is on disk, written them. So a caller hears at once what the queue says, and
hears no where there is no room.
"""

from __future__ import annotations

from otelrum.collector.batcher import Batcher, BatchLimits
from otelrum.collector.component import Build, Consumer, Host, PipelineId
from otelrum.collector.reservation import reserve
from otelrum.otlp.batch import Batch
from otelrum.processors.batch.config import BatchConfig


class BatchProcessor:
    """One per pipeline; itself the consumer that the pipeline calls."""

    def __init__(self, config: BatchConfig, build: Build) -> None:
        self._limits = BatchLimits(config.send_batch_size, config.send_batch_max_size, config.timeout.total_seconds())
        self._clock = build.clock
        self._batcher: Batcher | None = None
        counter, own = build.telemetry.counter, str(build.id)
        self._full = counter("otelcol_processor_batch_batch_size_trigger_send", processor=own)
        self._timed_out = counter("otelcol_processor_batch_timeout_trigger_send", processor=own)

    def connect(self, pipeline: PipelineId, next_consumer: Consumer) -> Consumer:
        self._batcher = Batcher(self._limits, lambda: reserve(next_consumer, pipeline.signal), self._clock, self._count)
        return self

    async def start(self, host: Host) -> None:
        """Nothing to open."""

    async def consume(self, batch: Batch) -> None:
        assert self._batcher is not None, "not connected"
        await self._batcher.add(batch)

    def ready(self) -> None:
        """Nothing waits for this."""

    def not_ready(self) -> None:
        """The collector stops: whatever still comes goes on at once."""
        if self._batcher is not None:
            self._batcher.hurry()

    async def shutdown(self, deadline_ns: int) -> None:
        self.not_ready()

    def _count(self, full: bool) -> None:
        (self._full if full else self._timed_out).add(1)
