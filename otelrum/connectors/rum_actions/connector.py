"""Writes each finished action once more: what a backend can list, sum and alert on (SPEC section 14)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import islice
from typing import Final

from otelrum.collector.component import Build, Consumer, Host
from otelrum.collector.errors import PermanentError, RetryableError
from otelrum.collector.fanout import take_all
from otelrum.collector.recent import Recent
from otelrum.connectors.rum_actions.config import RumActionsConfig
from otelrum.connectors.rum_actions.encoding import SCOPE, ActionEncoder
from otelrum.connectors.rum_actions.points import MetricsRequest
from otelrum.connectors.rum_actions.reading import ActionReader, FinishedAction
from otelrum.connectors.rum_actions.series import SeriesTable
from otelrum.otlp.batch import Batch, Signal
from otelrum.otlp.requests import RequestWriter

WRITTEN_NS: Final = 5 * 60 * 10**9
"""Copies of an action that come later are written again (SPEC section 14)."""

MAX_WRITTEN: Final = 250_000
"""Actions remembered as written, twice: at most some 50 MiB; 800 actions a second for 5 minutes."""

SERIES_A_REQUEST: Final = 100
"""Writing so many takes a few ms; between two requests others are served."""

WRITTEN_SIGNALS: Final = (Signal.TRACES, Signal.LOGS)


class RumActions:
    """One for all pipelines that name its id: an action is written once, whichever of them brings it."""

    def __init__(self, config: RumActionsConfig, build: Build) -> None:
        self._config = config
        self._build = build
        self._reader = ActionReader(dimension.name for dimension in config.dimensions)
        self._encoder = ActionEncoder(config)
        self._series = SeriesTable(config, build.clock.wall_ns())
        self._written: Recent[bool] = Recent(WRITTEN_NS, MAX_WRITTEN)
        self._consumers: dict[Signal, Consumer] = {}
        self._flushes: asyncio.Task[None] | None = None
        self._flushing = asyncio.Lock()

    def connect(self, signal: Signal, consumer: Consumer) -> None:
        self._consumers[signal] = consumer

    async def start(self, host: Host) -> None:
        if Signal.METRICS in self._consumers:
            self._flushes = asyncio.create_task(self._flush_again_and_again(host))

    async def shutdown(self, deadline_ns: int) -> None:
        """Send the metrics a last time."""
        if self._flushes is None:
            return
        left_s = max(0.0, (deadline_ns - self._build.clock.now_ns()) / 1e9)
        last = asyncio.ensure_future(self._flush())
        await asyncio.wait([last], timeout=left_s)
        for task in (self._flushes, last):
            task.cancel()
        await asyncio.wait([self._flushes, last])
        self._flushes = None

    async def consume(self, batch: Batch) -> None:
        """Raises RetryableError where a pipeline behind takes nothing for now; then none of it counts as written."""
        actions = list(self._new(batch))
        if not actions:
            return
        try:
            await self._write(actions)
        except BaseException:
            for action in actions:
                self._written.drop(action.id)
            raise
        if Signal.METRICS in self._consumers:
            now_ns = self._build.clock.wall_ns()
            for action in actions:
                self._series.add(action, now_ns)

    def _new(self, batch: Batch) -> Iterator[FinishedAction]:
        """The actions of a request that were not written in the last minutes."""
        for action in self._reader.actions(batch):
            if self._written.get(action.id) is None:
                self._written.put(action.id, True, self._build.clock.now_ns())
                yield action

    async def _write(self, actions: list[FinishedAction]) -> None:
        writers = {signal: RequestWriter(signal) for signal in WRITTEN_SIGNALS if signal in self._consumers}
        if not writers:
            return
        observed_ns = self._build.clock.wall_ns()
        for action in actions:
            attributes = self._encoder.attributes(action)
            if Signal.TRACES in writers:
                writers[Signal.TRACES].add(action.resource, SCOPE, self._encoder.span(action, attributes))
            if Signal.LOGS in writers:
                writers[Signal.LOGS].add(action.resource, SCOPE, self._encoder.event(action, attributes, observed_ns))
        sent = [(self._consumers[signal], batch) for signal, items in writers.items() for batch in items.finish()]
        for batch, refusal in await take_all(sent):
            self._drop(batch, "refused", str(refusal))

    # ------------------------------------------------------------------ metrics
    async def _flush_again_and_again(self, host: Host) -> None:
        try:
            while True:
                await self._build.clock.sleep(self._config.metrics_flush_interval.total_seconds())
                await self._flush()
        except Exception as error:
            host.fail(error)

    async def _flush(self) -> None:
        """Send all series on, some at a time."""
        async with self._flushing:
            now_ns = self._build.clock.wall_ns()
            series = self._series.collect(now_ns)
            while some := list(islice(series, SERIES_A_REQUEST)):
                await self._send(MetricsRequest(self._config, now_ns).add(some).batch())

    async def _send(self, batch: Batch) -> None:
        """Until it is taken: with delta temporality nothing else reports this interval."""
        try:
            while (delay_s := await self._attempt(batch)) is not None:
                await self._build.clock.sleep(delay_s)
        except PermanentError as error:
            self._drop(batch, "refused", str(error))
        except asyncio.CancelledError:
            self._drop(batch, "shutdown", "no time left")
            raise

    async def _attempt(self, batch: Batch) -> float | None:
        """None, or when to try again."""
        try:
            await self._consumers[Signal.METRICS].consume(batch)
        except RetryableError as refused:
            return refused.delay_s
        return None

    def _drop(self, batch: Batch, reason: str, why: str) -> None:
        self._build.log.error("%d %s of actions dropped (%s): %s", batch.items, batch.signal, reason, why)
        labels = {"component": str(self._build.id), "reason": reason}
        self._build.telemetry.counter("otelrum_dropped_items", **labels).add(batch.items)
