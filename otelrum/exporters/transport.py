"""One way to a backend, and what a backend can say to a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from otelrum.collector.component import Host
from otelrum.collector.errors import PermanentError
from otelrum.otlp.batch import Batch, Signal


class SenderRefused(PermanentError):
    """The backend takes nothing of this exporter (401, 403 and the like): other data would fare no better."""


class SignalRefused(SenderRefused):
    """The backend takes nothing of this signal (404, UNIMPLEMENTED)."""


class TooLarge(PermanentError):
    """The request is larger than the backend takes: less of it may fare better."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the backend said to a request that it took; partial success is never sent again."""

    rejected: int = 0
    message: str = ""


class Transport(Protocol):
    """One way to a backend."""

    def endpoint(self, signal: Signal) -> str:
        """Where data of this signal goes, for those who read the log."""
        ...

    async def start(self, host: Host) -> None:
        """Open what is needed; no request yet."""
        ...

    async def send(self, batch: Batch, timeout_s: float) -> Receipt:
        """One attempt. Raises PermanentError, or RetryableError with the server's delay."""
        ...

    async def close(self) -> None:
        """Close what is open."""
        ...
