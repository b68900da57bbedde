"""What a user can set on the `health_check` extension."""

from __future__ import annotations

from pydantic import Field

from otelrum.collector.sections import Endpoint, Section


class ResponseBody(Section):
    """What to say instead of the JSON of the OpenTelemetry Collector; empty: that JSON."""

    healthy: str = ""
    unhealthy: str = ""


class HealthCheckConfig(Section):
    """The whole section."""

    endpoint: Endpoint = "localhost:13133"
    path: str = Field(default="/", pattern="^/")
    response_body: ResponseBody = ResponseBody()
