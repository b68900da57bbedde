"""Counts what became of the items of one signal in an exporter, and how long the backend took."""

from __future__ import annotations

from otelrum.collector.component import Build
from otelrum.collector.errors import OtelrumError, PermanentError
from otelrum.collector.metric_names import ITEM_NAMES
from otelrum.otlp.batch import Signal

REASONS = ("permanent", "retries", "rejected", "shutdown")


class Outcomes:
    """Every series is there from the start, at 0."""

    def __init__(self, signal: Signal, build: Build) -> None:
        counter, own, items = build.telemetry.counter, str(build.id), ITEM_NAMES[signal]
        self._sent = counter(f"otelcol_exporter_sent_{items}", exporter=own)
        self._enqueue_failed = counter(f"otelcol_exporter_enqueue_failed_{items}", exporter=own)
        name = f"otelcol_exporter_send_failed_{items}"
        self._failed = {reason: counter(name, exporter=own, reason=reason) for reason in REASONS}
        labels = {"exporter": own, "data_type": str(signal)}
        self._exports = counter("otelrum_exporter_exports", **labels)
        self._export_ns = 0
        build.telemetry.observe("otelrum_exporter_export_seconds", lambda: self._export_ns / 1e9, **labels)

    def sent(self, items: int) -> None:
        self._sent.add(items)

    def not_queued(self, items: int) -> None:
        self._enqueue_failed.add(items)

    def failed(self, items: int, reason: str) -> None:
        """Given up, for one of REASONS."""
        self._failed[reason].add(items)

    def refused(self, items: int, error: OtelrumError) -> None:
        """Given up, because of this."""
        self.failed(items, "permanent" if isinstance(error, PermanentError) else "retries")

    def exported(self, took_ns: int) -> None:
        """An attempt is over, whatever it brought."""
        self._exports.add(1)
        self._export_ns += took_ns
