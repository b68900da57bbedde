"""One consumer made of several: each gets everything, at the same time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Sequence
from typing import TypeGuard

from otelrum.collector.component import Consumer
from otelrum.collector.errors import PermanentError, RetryableError
from otelrum.collector.reservation import Reservation, reserve
from otelrum.collector.telemetry import Counter, Telemetry
from otelrum.otlp.batch import Batch, Signal

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
        self.answer(batch, await take_all([(target, batch) for target in self._targets]))

    def reserve(self, signal: Signal) -> Reservation:
        return FanOutReservation(self, [reserve(target, signal) for target in self._targets])

    def answer(self, batch: Batch, refused: Sequence[tuple[Batch, PermanentError]]) -> None:
        """One answer of those of all targets. Raises it where it is no yes."""
        if len(refused) == len(self._targets):
            raise refused[0][1]
        for _, refusal in refused:
            self._dropped.add(batch.items)
            log.error("dropping %d items for one of %d targets: %s", batch.items, len(self._targets), refusal)


async def take_all(sent: Sequence[tuple[Consumer, Batch]]) -> list[tuple[Batch, PermanentError]]:
    """Give each consumer its batch, all at the same time; what was refused for good, and why.

    Raises the worst of all other errors.
    """
    return await _refused([batch for _, batch in sent], [target.consume(batch) for target, batch in sent])


class FanOutReservation:
    """Room in each target."""

    def __init__(self, fan_out: FanOut, reservations: Sequence[Reservation]) -> None:
        self._fan_out = fan_out
        self._reservations = reservations

    def add(self, batch: Batch) -> Awaitable[None]:
        return self._answered(batch, [_begun(reservation, batch) for reservation in self._reservations])

    def close(self) -> None:
        for reservation in self._reservations:
            reservation.close()

    async def _answered(self, batch: Batch, added: Sequence[Awaitable[None]]) -> None:
        self._fan_out.answer(batch, await _refused([batch] * len(added), added))


def _begun(reservation: Reservation, batch: Batch) -> asyncio.Future[None]:
    """An addition that has begun, and whose refusal is its answer."""
    try:
        return asyncio.ensure_future(reservation.add(batch))
    except Exception as error:
        refused: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        refused.set_exception(error)
        return refused


async def _refused(batches: Sequence[Batch], taken: Sequence[Awaitable[None]]) -> list[tuple[Batch, PermanentError]]:
    """What was refused for good, and why. Raises the worst of all other errors."""
    answers = await asyncio.gather(*taken, return_exceptions=True)
    refused = [(batch, answer) for batch, answer in zip(batches, answers, strict=True) if _is_refusal(answer)]
    errors = [answer for answer in answers if answer is not None and not _is_refusal(answer)]
    if errors:
        raise _worst(errors)
    return refused


def _is_refusal(answer: BaseException | None) -> TypeGuard[PermanentError]:
    return isinstance(answer, PermanentError)


def _worst(errors: Sequence[BaseException]) -> BaseException:
    """What nobody foresaw, else the longest wait."""
    return max(errors, key=lambda error: error.delay_s if isinstance(error, RetryableError) else float("inf"))
