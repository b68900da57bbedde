"""The limiter refuses while too much memory is in use, and takes again when it is free."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path
from typing import Any

import pytest

from otelrum.collector.errors import ConfigError, RetryableError
from otelrum.otlp.batch import Batch, Signal
from otelrum.processors.memory_limiter.config import MemoryLimiterConfig
from otelrum.processors.memory_limiter.memory import ResidentMemory
from otelrum.processors.memory_limiter.processor import MemoryLimiter
from otelrum.testing import Extensions, ManualClock, build
from tests.conftest import span_request
from tests.processors.memory_limiter.conftest import Limiting, Machine, limits

pytestmark = pytest.mark.anyio


async def test_a_limit_below_what_the_idle_process_takes_is_reported_at_the_start(
    machine: Machine, caplog: pytest.LogCaptureFixture
) -> None:
    for used, errors in ((79, 0), (80, 1)):
        caplog.clear()
        machine.uses(used)
        limiting = Limiting(machine, limit_mib=100)
        await limiting.processor.start(Extensions())
        await limiting.processor.shutdown(0)
        found = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
        assert (
            found
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


def test_limit_mib_wins_and_the_spike_is_a_fifth_by_default(machine: Machine) -> None:
    assert limits(machine, limit_mib=100, limit_percentage=50) == (80, 100)
    assert limits(machine, limit_percentage=10) == (80, 100)


async def test_where_memory_cannot_be_read_the_start_fails(tmp_path: Path) -> None:
    processor = MemoryLimiter(
        MemoryLimiterConfig(limit_mib=1), build("memory_limiter", ManualClock()), ResidentMemory(tmp_path)
    )
    with pytest.raises(ConfigError, match="cannot read the memory"):
        await processor.start(Extensions())
