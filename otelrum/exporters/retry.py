"""When to try again: exponential backoff with jitter, and the server's own wish."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta

from pydantic import Field

from otelrum.collector.net import Duration, Section


class RetryConfig(Section):
    """`retry_on_failure`, with the OpenTelemetry Collector's defaults."""

    enabled: bool = True
    initial_interval: Duration = timedelta(seconds=5)
    randomization_factor: float = Field(default=0.5, ge=0, le=1)
    multiplier: float = Field(default=1.5, ge=1)
    max_interval: Duration = timedelta(seconds=30)
    max_elapsed_time: Duration = timedelta(minutes=5)


def intervals_s(config: RetryConfig) -> Iterator[float]:
    """The waits between attempts, without end. The jitter keeps many senders from one beat."""
    interval_s = config.initial_interval.total_seconds()
    while True:
        spread = config.randomization_factor * interval_s
        yield random.uniform(interval_s - spread, interval_s + spread)
        interval_s = min(interval_s * config.multiplier, config.max_interval.total_seconds())
