"""Self-metrics: plain counters that cost an addition, read by whoever shows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from otelrum.collector.metric_names import METRICS

Labels = tuple[tuple[str, str], ...]
Series = tuple[str, Labels]


class Counter:
    """A number that only grows."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = 0

    def add(self, n: int) -> None:
        self.value += n


class Telemetry:
    """All numbers of one service, by name and labels; a name is one of `metric_names.METRICS`."""

    def __init__(self) -> None:
        self._labels = {metric.name: metric.labels for metric in METRICS}
        self._counters: dict[Series, Counter] = {}
        self._reads: dict[Series, Callable[[], float]] = {}

    def counter(self, name: str, **labels: str) -> Counter:
        """The counter of this name and these labels: the same object each time."""
        series = (name, tuple(sorted(labels.items())))
        counter = self._counters.get(series)
        if counter is None:
            counter = self._counters[self._listed(name, labels)] = Counter()
        return counter

    def observe(self, name: str, read: Callable[[], float], **labels: str) -> None:
        """A number that is read when somebody looks."""
        self._reads[self._listed(name, labels)] = read

    def remove(self, name: str, **labels: str) -> None:
        """What was observed is over: it is shown no more."""
        self._reads.pop(self._listed(name, labels), None)

    def snapshot(self) -> dict[Series, float]:
        """Every value at one moment (no await between the reads)."""
        counted = {series: float(counter.value) for series, counter in self._counters.items()}
        return counted | {series: float(read()) for series, read in self._reads.items()}

    def _listed(self, name: str, labels: Mapping[str, str]) -> Series:
        """The list of metrics is what the documentation shows: nothing may be missing there."""
        if self._labels.get(name) != frozenset(labels):
            raise ValueError(f"no metric {name} with the labels {sorted(labels)} in collector/metric_names.py")
        return name, tuple(sorted(labels.items()))
