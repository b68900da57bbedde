"""Machines with as much memory as a test says."""

from __future__ import annotations

import resource
from pathlib import Path
from typing import Any

import pytest

from otelrum.collector.component import Consumer, PipelineId
from otelrum.collector.errors import RetryableError
from otelrum.collector.telemetry import Telemetry
from otelrum.otlp.batch import Batch, Signal
from otelrum.processors.memory_limiter.config import MemoryLimiterConfig
from otelrum.processors.memory_limiter.memory import ResidentMemory
from otelrum.processors.memory_limiter.processor import MemoryLimiter, limits_bytes
from otelrum.testing import ManualClock, RecordingConsumer, build
from tests.conftest import span_request

MIB = 1 << 20


class Machine:
    """The files in which Linux says what memory there is."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "proc/self").mkdir(parents=True)
        (root / "sys/fs/cgroup").mkdir(parents=True)
        self.write("proc/meminfo", f"MemTotal: {1000 * 1024} kB\nMemFree: 5 kB\n")
        self.uses(10)

    def write(self, path: str, text: str) -> None:
        (self.root / path).write_text(text)

    def uses(self, mib: int) -> None:
        self.write("proc/self/statm", f"99999999 {mib * MIB // resource.getpagesize()} 3 4 0 5 0\n")

    def container(self, limit: str, current_mib: int, files_mib: int = 0) -> None:
        self.write("sys/fs/cgroup/memory.max", f"{limit}\n")
        self.write("sys/fs/cgroup/memory.current", f"{current_mib * MIB}\n")
        self.write("sys/fs/cgroup/memory.stat", f"anon 1\ninactive_file {files_mib * MIB}\n")


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


class Limiting:
    """A limiter before a consumer."""

    def __init__(self, machine: Machine, **settings: Any) -> None:
        self.clock, self.telemetry, self.sink = ManualClock(), Telemetry(), RecordingConsumer()
        config = MemoryLimiterConfig.model_validate(settings)
        made = build("memory_limiter", self.clock, self.telemetry)
        self.processor = MemoryLimiter(config, made, ResidentMemory(machine.root))
        self.door: Consumer = self.processor.connect(PipelineId(Signal.TRACES), self.sink)

    async def takes(self) -> bool:
        try:
            await self.door.consume(Batch(Signal.TRACES, span_request(2)))
        except RetryableError as error:
            assert error.delay_s > 0
            return False
        return True


def limits(machine: Machine, **settings: Any) -> tuple[int, int]:
    soft, hard = limits_bytes(MemoryLimiterConfig.model_validate(settings), ResidentMemory(machine.root))
    return soft // MIB, hard // MIB
