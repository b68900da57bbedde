"""How much memory there is, and how much of it this process uses."""

from __future__ import annotations

from pathlib import Path

import pytest

from otelrum.processors.memory_limiter.memory import ResidentMemory
from otelrum.testing import Extensions
from tests.processors.memory_limiter.conftest import MIB, Limiting, Machine, limits

pytestmark = pytest.mark.anyio


async def test_the_container_is_looked_at_without_the_files_that_the_kernel_may_drop(machine: Machine) -> None:
    machine.container("max", current_mib=100, files_mib=50)
    limiting = Limiting(machine, limit_mib=100, usage="cgroup")
    await limiting.processor.start(Extensions())
    assert await limiting.takes()
    machine.container("max", current_mib=140, files_mib=50)
    await limiting.clock.advance(1)
    assert not await limiting.takes()
    await limiting.processor.shutdown(0)


def test_a_percentage_is_of_the_machine_or_of_a_smaller_container(machine: Machine) -> None:
    assert limits(machine, limit_percentage=50, spike_limit_percentage=20) == (300, 500)
    machine.container("max", 0)
    assert limits(machine, limit_percentage=50, spike_limit_percentage=20) == (300, 500)
    machine.container(str(200 * MIB), 0)
    assert limits(machine, limit_percentage=50, spike_limit_percentage=20) == (60, 100)


def test_this_process_uses_some_of_this_machine() -> None:
    memory = ResidentMemory(Path("/"))
    assert MIB < memory.rss() < memory.total()
