"""Processor `memory_limiter`: refuses data while too much memory is in use."""

from pathlib import Path

from otelrum.collector.component import Build, Factory
from otelrum.processors.memory_limiter.config import MemoryLimiterConfig
from otelrum.processors.memory_limiter.memory import ResidentMemory
from otelrum.processors.memory_limiter.processor import MemoryLimiter


def _create(config: MemoryLimiterConfig, build: Build) -> MemoryLimiter:
    return MemoryLimiter(config, build, ResidentMemory(Path("/")))


FACTORY = Factory(type="memory_limiter", config=MemoryLimiterConfig, create=_create)
