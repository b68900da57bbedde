"""What a user can set on the `otlp_grpc` exporter."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from otelrum.collector.net import Auth, ClientKeepalive, ClientTls, Secrets
from otelrum.exporters.sending import SendingConfig


class OtlpGrpcConfig(SendingConfig):
    """The whole section."""

    endpoint: str = Field(min_length=1)
    compression: Literal["gzip", "deflate", "none", ""] = "gzip"
    tls: ClientTls = ClientTls()
    headers: Secrets = {}
    keepalive: ClientKeepalive | None = None
    auth: Auth | None = None
