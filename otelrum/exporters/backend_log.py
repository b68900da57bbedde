"""What an operator reads of a backend: one line when it goes, one when it is back, one where it takes nothing."""

from __future__ import annotations

import logging

from otelrum.collector.clock import Clock
from otelrum.collector.errors import RetryableError
from otelrum.exporters.transport import SenderRefused, SignalRefused
from otelrum.otlp.batch import Signal

TAKES_NONE = (
    "%s: the backend at %s takes none (%s). They are dropped and counted: "
    "take this exporter out of the %s pipelines, or name another endpoint"
)
REFUSES = (
    "%s: the backend at %s refuses this exporter (%s). All is dropped and counted until it does not: "
    "look at endpoint, headers and auth"
)


class BackendLog:
    """The log of one signal of one exporter. Each thing is logged once, until the backend takes something."""

    def __init__(self, signal: Signal, endpoint: str, clock: Clock, log: logging.Logger) -> None:
        self._signal = signal
        self._endpoint = endpoint
        self._clock = clock
        self._log = log
        self._gone_ns: int | None = None
        self._has_refused = False

    def failed(self, error: RetryableError) -> None:
        """An attempt failed, and comes again."""
        if self._gone_ns is None:
            self._gone_ns = self._clock.now_ns()
            self._log.warning("%s: the backend at %s is away, trying again: %s", self._signal, self._endpoint, error)

    def refused(self, error: SenderRefused) -> None:
        """The backend takes nothing, whatever comes."""
        if not self._has_refused:
            self._has_refused = True
            text = TAKES_NONE if isinstance(error, SignalRefused) else REFUSES
            values = (self._signal, self._endpoint, error, self._signal)
            self._log.error(text, *values[: text.count("%s")])

    def took(self, began_ns: int) -> None:
        """An attempt that began then succeeded."""
        self._has_refused = False
        if self._gone_ns is not None and began_ns >= self._gone_ns:
            away_s = (self._clock.now_ns() - self._gone_ns) / 1e9
            self._gone_ns = None
            self._log.warning("%s: the backend at %s is back after %.0f s", self._signal, self._endpoint, away_s)
