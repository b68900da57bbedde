"""Trying again: exponential backoff with jitter, the server's own wish, and an end to it."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from typing import TypeVar

from pydantic import Field

from otelrum.collector.clock import Clock
from otelrum.collector.errors import RetryableError
from otelrum.collector.sections import Duration, Section

T = TypeVar("T")

# While the collector stops, its deadline is near: what waits for a backend asks it each second.
STOPPING_INTERVAL_S = 1.0


class RetryConfig(Section):
    """`retry_on_failure`, with the OpenTelemetry Collector's defaults."""

    enabled: bool = True
    initial_interval: Duration = timedelta(seconds=5)
    randomization_factor: float = Field(default=0.5, ge=0, le=1)
    multiplier: float = Field(default=1.5, ge=1)
    max_interval: Duration = timedelta(seconds=30)
    max_elapsed_time: Duration = timedelta(minutes=5)


class Retry:
    """Runs attempts until one succeeds, fails for good, or the time is over."""

    def __init__(self, config: RetryConfig, clock: Clock, log: logging.Logger) -> None:
        self._config = config
        self._clock = clock
        self._log = log
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """The collector stops: waits end now, but not those that the server asked for."""
        self._stopping.set()

    async def run(self, attempt: Callable[[], Awaitable[T]], failed: Callable[[RetryableError], None]) -> T:
        """What the first successful attempt gives; `failed` hears of the others. Raises what ended the attempts."""
        give_up_ns = self._give_up_ns()
        for interval_s in intervals_s(self._config):
            try:
                return await attempt()
            except RetryableError as error:
                failed(error)
                # The server's delay is a minimum, and it counts against the time that is left.
                wait_s = max(interval_s, error.delay_s)
                if not self._config.enabled or self._clock.now_ns() + int(wait_s * 1e9) > give_up_ns:
                    raise
                asked_s = error.delay_s
                if self._stopping.is_set():
                    wait_s = max(asked_s, min(wait_s, STOPPING_INTERVAL_S))
                self._log.debug("trying again in %.1f s: %s", wait_s, error)
            await self._wait(wait_s, asked_s)
        raise AssertionError("the intervals have no end")

    def _give_up_ns(self) -> float:
        longest_s = self._config.max_elapsed_time.total_seconds()
        return self._clock.now_ns() + longest_s * 1e9 if longest_s else float("inf")

    async def _wait(self, wait_s: float, asked_s: float) -> None:
        if asked_s or self._stopping.is_set():
            await self._clock.sleep(wait_s)
        else:
            await self._sleep_or_stop(wait_s)

    async def _sleep_or_stop(self, wait_s: float) -> None:
        waits = [
            asyncio.ensure_future(self._clock.sleep(wait_s)),
            asyncio.ensure_future(self._stopping.wait()),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()


def intervals_s(config: RetryConfig) -> Iterator[float]:
    """The waits between attempts, without end. The jitter keeps many senders from one beat."""
    interval_s = config.initial_interval.total_seconds()
    while True:
        spread = config.randomization_factor * interval_s
        yield random.uniform(interval_s - spread, interval_s + spread)
        interval_s = min(interval_s * config.multiplier, config.max_interval.total_seconds())
