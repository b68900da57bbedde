"""What a user can set on the `otlp_http` exporter."""

from __future__ import annotations

from typing import Literal

from pydantic import field_validator, model_validator

from otelrum.collector.sections import Auth, ClientTls, Secrets
from otelrum.exporters.sending import SendingConfig


class OtlpHttpConfig(SendingConfig):
    """The whole section: `endpoint` is completed by /v1/traces and so on, the others are whole."""

    endpoint: str = ""
    traces_endpoint: str = ""
    metrics_endpoint: str = ""
    logs_endpoint: str = ""
    encoding: Literal["proto", "json"] = "proto"
    compression: Literal["gzip", "deflate", "zstd", "none", ""] = "gzip"
    proxy_url: str = ""
    tls: ClientTls = ClientTls()
    headers: Secrets = {}
    auth: Auth | None = None

    @field_validator("endpoint", "traces_endpoint", "metrics_endpoint", "logs_endpoint")
    @classmethod
    def _a_url(cls, url: str) -> str:
        if url and not url.startswith(("http://", "https://")):
            raise ValueError(f"{url!r} is no URL: write http://host:port or https://host:port")
        return url.rstrip("/")

    @model_validator(mode="after")
    def _somewhere(self) -> OtlpHttpConfig:
        if not (self.endpoint or self.traces_endpoint or self.metrics_endpoint or self.logs_endpoint):
            raise ValueError("endpoint is missing")
        return self
