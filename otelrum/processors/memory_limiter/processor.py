"""Refuses data while the process uses too much memory, so that it lives on.

           soft = limit - spike          limit
    0 ----------|------------------------|---------->
      take      | refuse, free what can be freed

The first processor of a pipeline: what it refuses, the client keeps and sends again later.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
from collections.abc import Callable

from otelrum.collector.component import Build, Consumer, Host, PipelineId
from otelrum.collector.errors import ConfigError, RetryableError
from otelrum.otlp.lazy import Batch
from otelrum.processors.memory_limiter.config import MemoryLimiterConfig
from otelrum.processors.memory_limiter.memory import Memory

MIB = 1 << 20

# A full collection stops the loop for tens of milliseconds.
FREE_EVERY_NS = 10 * 10**9


class MemoryLimiter:
    """One per pipeline; itself the consumer that the pipeline calls."""

    def __init__(self, config: MemoryLimiterConfig, build: Build, memory: Memory) -> None:
        self._usage: Callable[[], int] = memory.rss if config.usage == "rss" else memory.cgroup
        self._soft_bytes = soft_limit_bytes(config, memory)
        self._interval_s = config.check_interval.total_seconds()
        self._build = build
        self._next: Consumer | None = None
        self._refusing = False
        self._freed_ns = build.clock.now_ns() - FREE_EVERY_NS
        self._watch: asyncio.Task[None] | None = None

    def connect(self, pipeline: PipelineId, next_consumer: Consumer) -> Consumer:
        self._next = next_consumer
        return self

    async def start(self, host: Host) -> None:
        try:
            self._look()
        except OSError as error:
            raise ConfigError(f"{self._build.id}: cannot read the memory in use: {error}") from error
        self._watch = asyncio.create_task(self._look_again_and_again())

    async def shutdown(self, deadline_ns: int) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None

    async def consume(self, batch: Batch) -> None:
        if self._refusing:
            raise RetryableError("too much memory is in use", delay_s=self._interval_s)
        assert self._next is not None, "not connected"
        await self._next.consume(batch)

    async def _look_again_and_again(self) -> None:
        while True:
            await self._build.clock.sleep(self._interval_s)
            self._look()

    def _look(self) -> None:
        over = self._usage() >= self._soft_bytes
        now_ns = self._build.clock.now_ns()
        if over and now_ns - self._freed_ns >= FREE_EVERY_NS:
            self._freed_ns = now_ns
            free()
            over = self._usage() >= self._soft_bytes
        if over != self._refusing:
            self._refusing = over
            text = (
                "refusing data: more than %d MiB are in use"
                if over
                else "taking data again: less than %d MiB"
            )
            self._build.log.warning(text, self._soft_bytes // MIB)


def soft_limit_bytes(config: MemoryLimiterConfig, memory: Memory) -> int:
    """Where refusing begins."""
    if config.limit_mib:
        limit, spike = config.limit_mib * MIB, config.spike_limit_mib * MIB
    else:
        one_percent = memory.total() / 100
        limit = int(config.limit_percentage * one_percent)
        spike = int(config.spike_limit_percentage * one_percent)
    return limit - (spike or limit // 5)


def free() -> None:
    """Collect garbage, and give free memory back: without that, what is in use would never fall."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc has it, musl does not
    if trim is not None:
        trim(0)
