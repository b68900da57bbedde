"""Refuses data while the process uses too much memory, so that it lives on.

           soft = limit - spike          limit
    0 ----------|------------------------|---------->
      take      | refuse, free now and   | refuse, free at each look
                | then what can be freed |

The first processor of a pipeline: what it refuses, the client keeps and sends again later.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
from collections.abc import Callable
from typing import NamedTuple

from otelrum.collector.component import Build, Consumer, Host, PipelineId
from otelrum.collector.errors import ConfigError, RetryableError
from otelrum.collector.observed import ItemCounters
from otelrum.otlp.batch import Batch
from otelrum.processors.memory_limiter.config import MemoryLimiterConfig
from otelrum.processors.memory_limiter.memory import ResidentMemory

MIB = 1 << 20

# A full collection stops the loop for tens of milliseconds: seldom over the soft limit, at each look over
# the hard one, and ever more seldom where it gives less than a twentieth back.
SOFT_PAUSE_NS = 10 * 10**9
LONGEST_PAUSE_NS = 30 * 10**9
WORTHWHILE = 0.95


class MemoryLimiter:
    """One per pipeline; itself the consumer that the pipeline calls."""

    def __init__(self, config: MemoryLimiterConfig, build: Build, memory: ResidentMemory) -> None:
        self._usage: Callable[[], int] = memory.rss if config.usage == "rss" else memory.cgroup
        self._limits = limits_bytes(config, memory)
        self._interval_s = config.check_interval.total_seconds()
        self._build = build
        self._next: Consumer | None = None
        self._refusing = False
        self._freed_ns = build.clock.now_ns() - LONGEST_PAUSE_NS
        self._pause_ns = 0
        self._watch: asyncio.Task[None] | None = None
        name, own = "otelcol_processor_memory_limiter_%s_{items}", str(build.id)
        self._accepted = ItemCounters(build.telemetry, name % "accepted", processor=own)
        self._refused = ItemCounters(build.telemetry, name % "refused", processor=own)

    def connect(self, pipeline: PipelineId, next_consumer: Consumer) -> Consumer:
        self._next = next_consumer
        return self

    async def start(self, host: Host) -> None:
        try:
            self._look()
        except OSError as error:
            raise ConfigError(f"{self._build.id}: cannot read the memory in use: {error}") from error
        if self._refusing:
            text = "nothing will be taken: idle, %d MiB are in use, and the limit without its spike is %d MiB"
            self._build.log.error(text, self._usage() // MIB, self._limits.soft // MIB)
        self._watch = asyncio.create_task(self._look_again_and_again())

    async def shutdown(self, deadline_ns: int) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None

    async def consume(self, batch: Batch) -> None:
        if self._refusing:
            self._refused.add(batch.signal, batch.items)
            raise RetryableError("too much memory is in use", delay_s=self._interval_s)
        self._accepted.add(batch.signal, batch.items)
        assert self._next is not None, "not connected"
        await self._next.consume(batch)

    async def _look_again_and_again(self) -> None:
        while True:
            await self._build.clock.sleep(self._interval_s)
            self._look()

    def _look(self) -> None:
        used = self._usage()
        if used >= self._limits.soft and self._may_free(used):
            used = self._free(used)
        over = used >= self._limits.soft
        if over != self._refusing:
            self._refusing = over
            text = "refusing data: more than %d MiB are in use" if over else "taking data again: less than %d MiB"
            self._build.log.warning(text, self._limits.soft // MIB)

    def _may_free(self, used: int) -> bool:
        pause_ns = self._pause_ns if used >= self._limits.hard else max(self._pause_ns, SOFT_PAUSE_NS)
        return self._build.clock.now_ns() - self._freed_ns >= pause_ns

    def _free(self, used: int) -> int:
        """What is in use afterwards."""
        self._freed_ns = self._build.clock.now_ns()
        free()
        left = self._usage()
        longer_ns = max(2 * self._pause_ns, int(self._interval_s * 1e9))
        self._pause_ns = min(longer_ns, LONGEST_PAUSE_NS) if left > used * WORTHWHILE else 0
        return left


class MemoryLimits(NamedTuple):
    """In bytes: where refusing begins, and what must not be reached."""

    soft: int
    hard: int


def limits_bytes(config: MemoryLimiterConfig, memory: ResidentMemory) -> MemoryLimits:
    """What a configuration means on this machine."""
    if config.limit_mib:
        limit, spike = config.limit_mib * MIB, config.spike_limit_mib * MIB
    else:
        one_percent = memory.total() / 100
        limit = int(config.limit_percentage * one_percent)
        spike = int(config.spike_limit_percentage * one_percent)
    return MemoryLimits(limit - (spike or limit // 5), limit)


def free() -> None:
    """Collect garbage, and give free memory back: without that, what is in use would never fall."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc has it, musl does not
    if trim is not None:
        trim(0)
