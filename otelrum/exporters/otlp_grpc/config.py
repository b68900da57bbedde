"""What a user can set on the `otlp_grpc` exporter."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from otelrum.collector.sections import Auth, ClientKeepalive, ClientTls, Secrets
from otelrum.exporters.sending import SendingConfig


class OtlpGrpcConfig(SendingConfig):
    """The whole section."""

    endpoint: str = Field(min_length=1)
    compression: Literal["gzip", "deflate", "none", ""] = "gzip"
    tls: ClientTls = ClientTls()
    headers: Secrets = {}
    keepalive: ClientKeepalive | None = None
    auth: Auth | None = None

    @field_validator("tls")
    @classmethod
    def _what_grpc_can(cls, tls: ClientTls) -> ClientTls:
        """gRPC has no door to these; to take the key and do something else would be worse."""
        if tls.insecure_skip_verify:
            raise ValueError("insecure_skip_verify is not possible over gRPC: name the certificate as ca_file")
        if tls.min_version != "1.2":
            raise ValueError("min_version is always 1.2 over gRPC")
        return tls
