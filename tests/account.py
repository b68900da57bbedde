"""The account of everything that a collector has accepted, read in one moment (docs/metrics.md)."""

from __future__ import annotations

import urllib.request
from collections.abc import Mapping

from prometheus_client.parser import text_string_to_metric_families

from otelrum.collector.telemetry import Series


class Account:
    """One snapshot, added up over all signals."""

    def __init__(self, snapshot: Mapping[Series, float]) -> None:
        self._snapshot = snapshot
        self.accepted = self.all("otelcol_receiver_accepted_")
        self.refused = self.all("otelcol_receiver_refused_")
        self.sent = self.all("otelcol_exporter_sent_")
        self.failed = self.all("otelcol_exporter_send_failed_")
        self.queued = self.all("otelrum_exporter_queued_items")
        self.held = self.all("otelrum_action_held_items")
        self.produced = self.all("otelcol_connector_produced_items")
        self.dropped = self.all("otelrum_dropped_items")
        self.sampled = self.all("otelrum_dropped_items", reason="sampled")
        self.in_flight = self.all("otelcol_exporter_in_flight_requests")

    def all(self, beginning: str, **labels: str) -> float:
        """The sum over all series of such names with these labels."""
        return sum(
            value
            for (name, series), value in self._snapshot.items()
            if name.startswith(beginning) and labels.items() <= dict(series).items()
        )

    def by_reason(self, beginning: str) -> dict[str, float]:
        """What is not zero, by its reason."""
        found: dict[str, float] = {}
        for (name, labels), value in self._snapshot.items():
            if name.startswith(beginning) and value:
                reason = dict(labels)["reason"]
                found[reason] = found.get(reason, 0) + value
        return found

    def balances(self) -> bool:
        """Whether everything accepted, and what connectors made of it, is somewhere, for each exporter.

        Every one gets all of it here. With a storage there may be more, of a life before.
        """
        exporters = {value for _, labels in self._snapshot for key, value in labels if key == "exporter"}
        rests = [self._rest(exporter) for exporter in exporters]
        if self._has_storage():
            return all(self.accepted + self.produced <= rest for rest in rests)
        return all(self.accepted + self.produced == rest for rest in rests)

    def _rest(self, exporter: str) -> float:
        names = ("otelcol_exporter_sent_", "otelcol_exporter_send_failed_", "otelrum_exporter_queued_items")
        known = self.held + self.dropped - self._dropped_by_connectors()
        return known + sum(self.all(name, exporter=exporter) for name in names)

    def _dropped_by_connectors(self) -> float:
        """What a connector made and nobody took was never counted as produced."""
        connectors = {value for _, labels in self._snapshot for key, value in labels if key == "connector"}
        return sum(self.all("otelrum_dropped_items", component=connector) for connector in connectors)

    def _has_storage(self) -> bool:
        return any(name == "otelrum_storage_bytes" for name, _ in self._snapshot)

    def __str__(self) -> str:
        return str({key: value for key, value in vars(self).items() if not key.startswith("_")})


def shown_account(port: int) -> Account:
    """What a running collector shows at this port."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        families = text_string_to_metric_families(answer.read().decode())
        samples = [sample for family in families for sample in family.samples]
    return Account({(sample.name, tuple(sorted(sample.labels.items()))): sample.value for sample in samples})
