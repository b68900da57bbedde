"""One consumer made of several: each gets everything, at the same time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from otelrum.collector.component import Consumer
from otelrum.collector.errors import PermanentError, RetryableError
from otelrum.collector.telemetry import Counter, Telemetry
from otelrum.otlp.batch import Batch

log = logging.getLogger(__name__)


def fan_out(targets: Sequence[Consumer], component: str, telemetry: Telemetry) -> Consumer:
    """One target needs no fan-out; `component` says in the metrics where it stands."""
    if len(targets) == 1:
        return targets[0]
    return FanOut(targets, telemetry.counter("otelrum_dropped_items", reason="refused", component=component))


class FanOut:
    """The answer of several consumers as one answer.

    Any that may take it later, or that failed in a way nobody foresaw: the caller hears so and sends
    again, to all, so the others get it twice. All refuse it for good: so does this one. Some refuse it
    for good and others took it: it is taken, and counted as dropped, because an error would make the
    caller send again what was taken.
    """

    def __init__(self, targets: Sequence[Consumer], dropped: Counter) -> None:
        self._targets = targets
        self._dropped = dropped

    async def consume(self, batch: Batch) -> None:
        answers = await asyncio.gather(*(target.consume(batch) for target in self._targets), return_exceptions=True)
        errors = [answer for answer in answers if answer is not None]
        refusals = [error for error in errors if isinstance(error, PermanentError)]
        if len(refusals) < len(errors):
            raise _worst([error for error in errors if not isinstance(error, PermanentError)])
        if len(refusals) == len(answers):
            raise refusals[0]
        for refusal in refusals:
            self._dropped.add(batch.items)
            log.error("dropping %d items for one of %d targets: %s", batch.items, len(answers), refusal)


def _worst(errors: Sequence[BaseException]) -> BaseException:
    """What nobody foresaw, else the longest wait."""
    return max(errors, key=lambda error: error.delay_s if isinstance(error, RetryableError) else float("inf"))
