"""Self-metrics: plain counters that cost an addition, read by whoever shows them."""

from __future__ import annotations

from collections.abc import Callable

Labels = tuple[tuple[str, str], ...]


class Counter:
    """A number that only grows."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = 0

    def add(self, n: int) -> None:
        self.value += n


class Telemetry:
    """All counters and gauges of one service, by name and labels."""

    def __init__(self) -> None:
        self._counters: dict[tuple[str, Labels], Counter] = {}
        self._gauges: dict[tuple[str, Labels], Callable[[], float]] = {}

    def counter(self, name: str, **labels: str) -> Counter:
        """The counter of this name and these labels: the same object each time."""
        return self._counters.setdefault((name, tuple(sorted(labels.items()))), Counter())

    def gauge(self, name: str, read: Callable[[], float], **labels: str) -> None:
        """A number that is read when somebody looks."""
        self._gauges[name, tuple(sorted(labels.items()))] = read

    def snapshot(self) -> dict[tuple[str, Labels], float]:
        """Every value at one moment (no await between the reads)."""
        counted = {key: float(counter.value) for key, counter in self._counters.items()}
        return counted | {key: float(read()) for key, read in self._gauges.items()}
