"""When an attempt is made again, and when no longer."""

from __future__ import annotations

import asyncio
import itertools
import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otelrum.collector.errors import PermanentError, RetryableError
from otelrum.exporters.retry import Retry, RetryConfig, intervals_s
from otelrum.testing import ManualClock, run_until_quiet

pytestmark = pytest.mark.anyio

LOG = logging.getLogger("test")


def ignore(error: RetryableError) -> None:
    """Of attempts that failed."""


def exactly(**settings: Any) -> RetryConfig:
    return RetryConfig.model_validate({"randomization_factor": 0.0, **settings})


class Attempts:
    """Fails so often, each time with this wish of the server; remembers when it was asked."""

    def __init__(self, clock: ManualClock, failures: int, delay_s: float = 0.0) -> None:
        self._clock = clock
        self._failures = failures
        self._delay_s = delay_s
        self.at_s: list[float] = []

    async def __call__(self) -> str:
        self.at_s.append(self._clock.now_ns() / 1e9)
        if len(self.at_s) <= self._failures:
            raise RetryableError("not now", delay_s=self._delay_s)
        return "done"


async def run(config: RetryConfig, failures: int, delay_s: float = 0.0) -> tuple[Attempts, asyncio.Task[str]]:
    clock = ManualClock()
    attempts = Attempts(clock, failures, delay_s)
    task = asyncio.create_task(Retry(config, clock, LOG).run(attempts, ignore))
    await clock.advance(10_000)
    return attempts, task


async def test_the_waits_grow_up_to_the_longest() -> None:
    attempts, task = await run(exactly(initial_interval="5s", max_interval="12s"), failures=5)
    assert [later - sooner for sooner, later in itertools.pairwise(attempts.at_s)] == [5, 7.5, 11.25, 12, 12]
    assert task.result() == "done"


@given(factor=st.floats(0, 1))
def test_each_wait_is_spread_around_its_length(factor: float) -> None:
    config = RetryConfig(randomization_factor=factor)
    assert abs(next(intervals_s(config)) - 5) <= 5 * factor


async def test_the_time_for_all_attempts_ends_them_before_a_wait_that_would_pass_it() -> None:
    attempts, task = await run(exactly(initial_interval="5s", multiplier=1.0, max_elapsed_time="12s"), failures=99)
    assert attempts.at_s == [0, 5, 10]
    assert isinstance(task.exception(), RetryableError)


async def test_a_time_of_0_never_ends() -> None:
    attempts, task = await run(exactly(multiplier=1.0, max_elapsed_time="0s"), failures=1500)
    assert len(attempts.at_s) == 1501
    assert task.result() == "done"


async def test_the_delay_that_the_server_asks_for_is_a_minimum() -> None:
    attempts, _ = await run(exactly(initial_interval="5s", multiplier=1.0), failures=2, delay_s=8)
    assert attempts.at_s == [0, 8, 16]
    attempts, _ = await run(exactly(initial_interval="5s", multiplier=1.0), failures=2, delay_s=1)
    assert attempts.at_s == [0, 5, 10]


async def test_it_counts_against_the_time_for_all_attempts() -> None:
    attempts, task = await run(exactly(max_elapsed_time="5m"), failures=1, delay_s=600)
    assert attempts.at_s == [0]
    assert isinstance(task.exception(), RetryableError)


async def test_what_is_refused_for_good_is_not_tried_again() -> None:
    calls = []

    async def attempt() -> None:
        calls.append(1)
        raise PermanentError("never")

    with pytest.raises(PermanentError):
        await Retry(exactly(), ManualClock(), LOG).run(attempt, ignore)
    assert len(calls) == 1


async def test_switched_off_there_is_one_attempt() -> None:
    attempts, task = await run(exactly(enabled=False), failures=1)
    assert len(attempts.at_s) == 1
    assert isinstance(task.exception(), RetryableError)


async def test_while_the_collector_stops_waits_end_at_once_and_are_short(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    clock = ManualClock()
    attempts = Attempts(clock, failures=3)
    retry = Retry(exactly(initial_interval="30s"), clock, LOG)
    task = asyncio.create_task(retry.run(attempts, ignore))
    await clock.advance(2)
    retry.stop()
    await clock.advance(10)
    assert attempts.at_s == [0, 2, 3, 4]
    assert task.result() == "done"
    waits = [record.getMessage().split(" s:")[0] for record in caplog.records]
    assert waits == ["trying again in 30.0", *["trying again in 1.0"] * 2], "what is said is what is done"


async def test_but_the_server_is_not_asked_sooner_than_it_wished() -> None:
    clock = ManualClock()
    attempts = Attempts(clock, failures=2, delay_s=5)
    retry = Retry(exactly(initial_interval="1s"), clock, LOG)
    task = asyncio.create_task(retry.run(attempts, ignore))
    await run_until_quiet()
    retry.stop()
    await clock.advance(20)
    assert attempts.at_s == [0, 5, 10]
    assert task.done()
