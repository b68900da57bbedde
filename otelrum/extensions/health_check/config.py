"""What a user can set on the `health_check` extension."""

from __future__ import annotations

from pydantic import Field

from otelrum.collector.sections import Endpoint, Section, ServerTls


class ResponseBody(Section):
    """What to say instead of the JSON of the OpenTelemetry Collector; empty: that JSON."""

    healthy: str = ""
    unhealthy: str = ""


class HealthCheckConfig(Section):
    """`path` stands for all below it where it ends in a slash."""

    endpoint: Endpoint = "localhost:13133"
    path: str = Field(default="/", pattern="^/")
    tls: ServerTls | None = None
    response_body: ResponseBody = ResponseBody()
