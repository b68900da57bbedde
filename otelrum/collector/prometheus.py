"""Shows the metrics to Prometheus."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator

from prometheus_client import CONTENT_TYPE_LATEST
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import Metric as Family

from otelrum.collector.component import Host
from otelrum.collector.listening import bound_to
from otelrum.collector.metric_names import METRICS, Metric, MetricKind
from otelrum.collector.telemetry import Telemetry
from otelrum.collector.web_page import HttpAnswer, WebPage

# What `_type` calls unknown, so that nothing is added to its name.
UNTYPED = re.compile(rb"^(# TYPE \w+) untyped$", re.MULTILINE)

log = logging.getLogger(__name__)


class Prometheus:
    """The page `/metrics`."""

    def __init__(self, endpoint: str, telemetry: Telemetry) -> None:
        self._telemetry = telemetry
        self._endpoint = endpoint
        self._page = WebPage(endpoint, "/metrics", self._answer)

    @property
    def port(self) -> int:
        """The bound port, once started."""
        return self._page.port

    async def start(self, host: Host) -> None:
        await self._page.start()
        log.info("metrics on %s", bound_to(self._endpoint, self.port))

    async def shutdown(self, deadline_ns: int) -> None:
        await self._page.stop()

    def collect(self) -> Iterator[Family]:
        """What prometheus_client asks of a registry: one moment of all metrics."""
        families = {metric.name: Family(metric.name, metric.description, _type(metric)) for metric in METRICS}
        for (name, labels), value in self._telemetry.snapshot().items():
            families[name].add_sample(name, dict(labels), value)
        return (family for family in families.values() if family.samples)

    def _answer(self) -> HttpAnswer:
        return HttpAnswer(UNTYPED.sub(rb"\1 counter", generate_latest(self)), CONTENT_TYPE_LATEST)


def _type(metric: Metric) -> str:
    """A `counter` would get `_total` from prometheus_client, which the OpenTelemetry Collector leaves out."""
    return "gauge" if metric.kind is MetricKind.GAUGE else "unknown"
