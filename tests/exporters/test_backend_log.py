"""What an operator reads of a backend: each thing once."""

from __future__ import annotations

import logging

import pytest

from otelrum.collector.errors import RetryableError
from otelrum.exporters.backend_log import BackendLog
from otelrum.exporters.transport import SenderRefused, SignalRefused
from otelrum.otlp.batch import Signal
from otelrum.testing import ManualClock

pytestmark = pytest.mark.anyio

AWAY = RetryableError("connection refused")


class Reading:
    """A log of a backend, and what stands in it."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO)
        self._caplog = caplog
        self.clock = ManualClock()
        self.log = BackendLog(Signal.LOGS, "backend:4317", self.clock, logging.getLogger("test"))

    def lines(self) -> list[str]:
        return [record.getMessage() for record in self._caplog.records]


async def test_it_goes_and_comes_back_in_two_lines(caplog: pytest.LogCaptureFixture) -> None:
    reading = Reading(caplog)
    for _ in range(5):
        reading.log.failed(AWAY)
    await reading.clock.advance(90)
    for _ in range(5):
        reading.log.took(reading.clock.now_ns())
    assert reading.lines() == [
        "logs: the backend at backend:4317 is away, trying again: connection refused",
        "logs: the backend at backend:4317 is back after 90 s",
    ]


async def test_an_attempt_that_began_before_it_went_does_not_bring_it_back(caplog: pytest.LogCaptureFixture) -> None:
    reading = Reading(caplog)
    began_ns = reading.clock.now_ns()
    await reading.clock.advance(1)
    reading.log.failed(AWAY)
    reading.log.took(began_ns)
    assert len(reading.lines()) == 1


def test_what_it_does_not_take_is_reported_once_until_it_takes_something(caplog: pytest.LogCaptureFixture) -> None:
    reading = Reading(caplog)
    for _ in range(5):
        reading.log.refused(SignalRefused("HTTP 404"))
    reading.log.took(0)
    reading.log.refused(SenderRefused("HTTP 401"))
    none, refused = reading.lines()
    assert none.endswith("take this exporter out of the logs pipelines, or name another endpoint")
    assert refused.endswith("look at endpoint, headers and auth")
