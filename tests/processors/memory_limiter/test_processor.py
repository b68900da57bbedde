"""The limiter refuses while too much memory is in use, and takes again when it is free."""

from __future__ import annotations

import gc
import resource
import weakref
from pathlib import Path
from typing import Any

import pytest

from otelrum.collector.component import Consumer, PipelineId
from otelrum.collector.errors import ConfigError, RetryableError
from otelrum.collector.telemetry import Telemetry
from otelrum.otlp.batch import Batch, Signal
from otelrum.processors.memory_limiter.config import MemoryLimiterConfig
from otelrum.processors.memory_limiter.memory import ResidentMemory
from otelrum.processors.memory_limiter.processor import MemoryLimiter, limits_bytes
from otelrum.testing import Extensions, ManualClock, RecordingConsumer, build
from tests.conftest import span_request

pytestmark = pytest.mark.anyio

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


async def test_a_limit_below_what_the_idle_process_takes_is_reported_at_the_start(
    machine: Machine, caplog: pytest.LogCaptureFixture
) -> None:
    for used, errors in ((79, 0), (80, 1)):
        caplog.clear()
        machine.uses(used)
        limiting = Limiting(machine, limit_mib=100)
        await limiting.processor.start(Extensions())
        await limiting.processor.shutdown(0)
        reported = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
        assert (
            reported
            == ["nothing will be taken: idle, 80 MiB are in use, and the limit without its spike is 80 MiB"] * errors
        )


async def test_it_refuses_from_the_soft_limit_on_and_takes_again_below_it(machine: Machine) -> None:
    limiting = Limiting(machine, limit_mib=100, spike_limit_mib=20)
    await limiting.processor.start(Extensions())
    seen = []
    for used in (79, 80, 150, 80, 79):
        machine.uses(used)
        await limiting.clock.advance(1)
        seen.append(await limiting.takes())
    assert seen == [True, False, False, False, True]
    assert limiting.sink.items == 4
    await limiting.processor.shutdown(0)


async def test_what_refused_clients_are_asked_to_wait_is_the_interval(machine: Machine) -> None:
    machine.uses(100)
    limiting = Limiting(machine, limit_mib=100, check_interval="3s")
    await limiting.processor.start(Extensions())
    with pytest.raises(RetryableError) as refused:
        await limiting.door.consume(Batch(Signal.TRACES, span_request()))
    assert refused.value.delay_s == 3
    await limiting.processor.shutdown(0)


async def test_what_is_taken_and_refused_is_counted_in_items(machine: Machine) -> None:
    limiting = Limiting(machine, limit_mib=100)
    await limiting.processor.start(Extensions())
    await limiting.takes()
    machine.uses(200)
    await limiting.clock.advance(1)
    await limiting.takes()
    await limiting.processor.shutdown(0)
    counted, own = limiting.telemetry.snapshot(), (("processor", "memory_limiter"),)
    assert counted["otelcol_processor_memory_limiter_accepted_spans", own] == 2
    assert counted["otelcol_processor_memory_limiter_refused_spans", own] == 2


class Garbage:
    """Something that only a collection frees."""

    def __init__(self) -> None:
        self.me = self


@pytest.fixture
def no_collections() -> Any:
    gc.disable()
    yield
    gc.enable()


def litter() -> weakref.ref[Garbage]:
    return weakref.ref(Garbage())


async def test_over_the_soft_limit_garbage_is_collected_but_seldom(machine: Machine, no_collections: Any) -> None:
    limiting = Limiting(machine, limit_mib=100, spike_limit_mib=20)
    await limiting.processor.start(Extensions())
    machine.uses(90)
    first = litter()
    await limiting.clock.advance(1)
    assert first() is None
    second = litter()
    await limiting.clock.advance(5)
    assert second() is not None, "a collection stops the loop"
    await limiting.clock.advance(10)
    assert second() is None
    await limiting.processor.shutdown(0)


async def test_over_the_hard_limit_it_is_collected_at_once_again_and_less_and_less_often_in_vain(
    machine: Machine, no_collections: Any
) -> None:
    limiting = Limiting(machine, limit_mib=100, spike_limit_mib=20)
    await limiting.processor.start(Extensions())
    machine.uses(120)
    collections = []
    for second in range(1, 40):
        garbage = litter()
        await limiting.clock.advance(1)
        if garbage() is None:
            collections.append(second)
    await limiting.processor.shutdown(0)
    assert collections == [1, 2, 4, 8, 16, 32]


async def test_the_container_is_looked_at_without_the_files_that_the_kernel_may_drop(machine: Machine) -> None:
    machine.container("max", current_mib=100, files_mib=50)
    limiting = Limiting(machine, limit_mib=100, usage="cgroup")
    await limiting.processor.start(Extensions())
    assert await limiting.takes()
    machine.container("max", current_mib=140, files_mib=50)
    await limiting.clock.advance(1)
    assert not await limiting.takes()
    await limiting.processor.shutdown(0)


def limits(machine: Machine, **settings: Any) -> tuple[int, int]:
    soft, hard = limits_bytes(MemoryLimiterConfig.model_validate(settings), ResidentMemory(machine.root))
    return soft // MIB, hard // MIB


def test_a_percentage_is_of_the_machine_or_of_a_smaller_container(machine: Machine) -> None:
    assert limits(machine, limit_percentage=50, spike_limit_percentage=20) == (300, 500)
    machine.container("max", 0)
    assert limits(machine, limit_percentage=50, spike_limit_percentage=20) == (300, 500)
    machine.container(str(200 * MIB), 0)
    assert limits(machine, limit_percentage=50, spike_limit_percentage=20) == (60, 100)


def test_limit_mib_wins_and_the_spike_is_a_fifth_by_default(machine: Machine) -> None:
    assert limits(machine, limit_mib=100, limit_percentage=50) == (80, 100)
    assert limits(machine, limit_percentage=10) == (80, 100)


async def test_where_memory_cannot_be_read_the_start_fails(tmp_path: Path) -> None:
    processor = MemoryLimiter(
        MemoryLimiterConfig(limit_mib=1), build("memory_limiter", ManualClock()), ResidentMemory(tmp_path)
    )
    with pytest.raises(ConfigError, match="cannot read the memory"):
        await processor.start(Extensions())


def test_this_process_uses_some_of_this_machine() -> None:
    memory = ResidentMemory(Path("/"))
    assert MIB < memory.rss() < memory.total()
