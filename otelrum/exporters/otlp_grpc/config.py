"""What a user can set on the `otlp_grpc` exporter."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, field_validator

from otelrum.collector.sections import Auth, ClientKeepalive, ClientTls, Secrets
from otelrum.exporters.addresses import check_grpc_target
from otelrum.exporters.headers import check_grpc_headers
from otelrum.exporters.sending import SendingConfig


class OtlpGrpcConfig(SendingConfig):
    """`otlp_grpc`: a scheme in `endpoint` decides about TLS, in both directions."""

    endpoint: Annotated[str, AfterValidator(check_grpc_target)]
    compression: Literal["gzip", "deflate", "none", ""] = "gzip"
    tls: ClientTls = ClientTls()
    headers: Annotated[Secrets, AfterValidator(check_grpc_headers)] = {}
    keepalive: ClientKeepalive | None = None
    auth: Auth | None = None

    @field_validator("tls")
    @classmethod
    def _what_grpc_can(cls, tls: ClientTls) -> ClientTls:
        """grpcio cannot set these. Accepting a key and ignoring it would be worse."""
        if tls.insecure_skip_verify:
            raise ValueError("insecure_skip_verify is not possible over gRPC: name the certificate as ca_file")
        if tls.min_version == "1.3":
            raise ValueError("min_version is always 1.2 over gRPC")
        return tls
