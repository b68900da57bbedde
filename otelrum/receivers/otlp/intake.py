"""The way every request takes into the pipelines, whatever brought it here."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType

from otelrum.collector.component import Build, Consumer
from otelrum.collector.observed import ItemCounters
from otelrum.otlp.batch import Batch, Client, Signal
from otelrum.receivers.otlp.answers import Refusal, refusal_of
from otelrum.receivers.otlp.caps import Caps
from otelrum.receivers.otlp.limits import Limits


@dataclass(frozen=True, slots=True)
class Guards:
    """What stands before the pipelines, shared by all listeners of a receiver."""

    limits: Limits
    caps: Caps


class Intake:
    """Admits requests, checks that they are OTLP, hands them on, counts what became of them."""

    def __init__(self, consumers: Mapping[Signal, Consumer], guards: Guards, build: Build, transport: str) -> None:
        self._consumers = consumers
        self._limits = guards.limits
        self._caps = guards.caps
        self._log: logging.Logger = build.log
        labels = {"receiver": str(build.id), "transport": transport}

        def counters(outcome: str) -> ItemCounters:
            return ItemCounters(build.telemetry, f"otelcol_receiver_{outcome}_{{items}}", **labels)

        self._accepted = counters("accepted")
        self._refused = counters("refused")

    @property
    def signals(self) -> frozenset[Signal]:
        """Those that a pipeline takes."""
        return frozenset(self._consumers)

    def admit(self, client: Client) -> Admission:
        """Let one request in, before its body is read. Raises Refusal when its sender is over a limit."""
        client_key = self._limits.client_key(client)
        self._limits.admit(client, client_key)
        return Admission(self._limits, client, client_key)

    async def take(self, signal: Signal, data: bytes, admission: Admission) -> int:
        """Hand a request on; how many items were rejected, which is reported as partial success.

        Raises MalformedOtlp, Refusal, PermanentError, RetryableError. A request without items is a success
        that does not travel (OTLP specification, "Full Success").
        """
        batch, rejected = Batch(signal, data, admission.client, items=self._limits.count(signal, data)), 0
        if self._caps.active:
            batch, rejected = self._caps.kept(batch, admission.client_key)
            self._refused.add(signal, rejected)
        if items := batch.items:
            try:
                await self._consumers[signal].consume(batch)
            except BaseException:
                self._refused.add(signal, items)
                raise
            self._accepted.add(signal, items)
        return rejected

    def refusal(self, error: Exception) -> Refusal:
        """What the sender hears; what nobody foresaw is logged here, because the sender hears nothing of it."""
        refusal = refusal_of(error)
        if not refusal.foreseen:
            self._log.error("a request failed in a way that nobody foresaw", exc_info=error)
        return refusal


class Admission:
    """One request on its way: who sent it, and the bytes it holds until it is answered."""

    __slots__ = ("_held_bytes", "_limits", "client", "client_key")

    def __init__(self, limits: Limits, client: Client, client_key: str) -> None:
        self._limits = limits
        self._held_bytes = 0
        self.client = client
        self.client_key = client_key

    def hold(self, size_bytes: int) -> None:
        """Count bytes that came. Raises Refusal at a limit."""
        self._limits.hold(self.client_key, size_bytes)
        self._held_bytes += size_bytes

    def release(self) -> None:
        """The request was answered, or will not be."""
        self._limits.release(self.client_key, self._held_bytes)
        self._held_bytes = 0

    def __enter__(self) -> Admission:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
