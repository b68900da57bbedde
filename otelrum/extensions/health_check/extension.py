"""One page: 200 while all pipelines run, 503 while they start or stop."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from otelrum.collector.component import Build, Host
from otelrum.collector.listening import bound_to
from otelrum.collector.web_page import HttpAnswer, WebPage
from otelrum.extensions.health_check.config import HealthCheckConfig


class HealthCheck:
    """A ReadinessWatcher with a page."""

    def __init__(self, config: HealthCheckConfig, build: Build) -> None:
        self._endpoint = config.endpoint
        self._bodies = config.response_body
        self._clock = build.clock
        self._log = build.log
        self._ready_ns = 0  # wall time; 0 while not ready
        self._page = WebPage(config.endpoint, config.path, self._answer, config.tls)

    @property
    def port(self) -> int:
        """The bound port, once started."""
        return self._page.port

    async def start(self, host: Host) -> None:
        await self._page.start()
        self._log.info("health on %s", bound_to(self._endpoint, self.port))

    async def shutdown(self, deadline_ns: int) -> None:
        await self._page.stop()

    def ready(self) -> None:
        self._ready_ns = self._clock.wall_ns()

    def not_ready(self) -> None:
        self._ready_ns = 0

    def _answer(self) -> HttpAnswer:
        own_text = self._bodies.healthy if self._ready_ns else self._bodies.unhealthy
        status = 200 if self._ready_ns else 503
        if own_text:
            return HttpAnswer(own_text.encode(), "text/plain", status)
        return HttpAnswer(json.dumps(self._facts()).encode(), "application/json", status)

    def _facts(self) -> dict[str, str]:
        if not self._ready_ns:
            return {"status": "Server not available"}
        since = datetime.fromtimestamp(self._ready_ns / 1e9, UTC)
        uptime_s = (self._clock.wall_ns() - self._ready_ns) / 1e9
        return {"status": "Server available", "upSince": since.isoformat(), "uptime": f"{uptime_s:.3f}s"}
