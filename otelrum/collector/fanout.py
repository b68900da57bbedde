"""One consumer made of several: each gets everything, at the same time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import TypeGuard

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
        refused = await take_all([(target, batch) for target in self._targets])
        if len(refused) == len(self._targets):
            raise refused[0][1]
        for _, refusal in refused:
            self._dropped.add(batch.items)
            log.error("dropping %d items for one of %d targets: %s", batch.items, len(self._targets), refusal)


async def take_all(sent: Sequence[tuple[Consumer, Batch]]) -> list[tuple[Batch, PermanentError]]:
    """Give each consumer its batch, all at the same time; what was refused for good, and why.

    Raises the worst of all other errors.
    """
    answers = await asyncio.gather(*(target.consume(batch) for target, batch in sent), return_exceptions=True)
    refused = [(batch, answer) for (_, batch), answer in zip(sent, answers, strict=True) if _is_refusal(answer)]
    errors = [answer for answer in answers if answer is not None and not _is_refusal(answer)]
    if errors:
        raise _worst(errors)
    return refused


def _is_refusal(answer: BaseException | None) -> TypeGuard[PermanentError]:
    return isinstance(answer, PermanentError)


def _worst(errors: Sequence[BaseException]) -> BaseException:
    """What nobody foresaw, else the longest wait."""
    return max(errors, key=lambda error: error.delay_s if isinstance(error, RetryableError) else float("inf"))
