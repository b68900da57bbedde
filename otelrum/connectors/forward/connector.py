"""Gives what one pipeline ends with to others, as it is; they answer for it."""

from __future__ import annotations

from otelrum.collector.component import Build, Consumer, Host
from otelrum.collector.errors import PermanentError
from otelrum.connectors.forward.config import ForwardConfig
from otelrum.otlp.batch import Batch, Signal


class Forward:
    """One for all pipelines that name its id."""

    def __init__(self, config: ForwardConfig, build: Build) -> None:
        self._consumers: dict[Signal, Consumer] = {}

    def connect(self, signal: Signal, consumer: Consumer) -> None:
        self._consumers[signal] = consumer

    async def start(self, host: Host) -> None:
        """Nothing to open."""

    async def shutdown(self, deadline_ns: int) -> None:
        """Nothing is kept."""

    async def consume(self, batch: Batch) -> None:
        consumer = self._consumers.get(batch.signal)
        if consumer is None:
            raise PermanentError(f"no pipeline of {batch.signal} has this connector as a receiver")
        await consumer.consume(batch)
