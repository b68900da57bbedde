"""What a user can set on the `otlp` receiver."""

from __future__ import annotations

import ipaddress
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from otelrum.collector.sections import (
    SESSION_ATTRIBUTES,
    Auth,
    CorsConfig,
    Duration,
    Endpoint,
    Section,
    ServerKeepalive,
    ServerTls,
)

# OTLP specification, "Message Size Limits": 64 MiB is the recommended default for requests.
DEFAULT_REQUEST_MIB = 64

Encoding = Literal["", "gzip", "deflate", "zlib", "zstd", "snappy", "x-snappy-framed", "lz4"]
ENCODINGS: list[Encoding] = ["", "gzip", "deflate", "zlib", "zstd", "snappy", "x-snappy-framed", "lz4"]
Path = Annotated[str, Field(min_length=1)]


class GrpcProtocol(Section):
    """OTLP/gRPC, with the OpenTelemetry Collector's defaults but for sizes and timeouts."""

    enabled: bool = True
    endpoint: Endpoint = "localhost:4317"
    max_recv_msg_size_mib: int = Field(default=DEFAULT_REQUEST_MIB, gt=0, le=2047)
    # A call costs some 17 KiB from its headers on, and a connection may begin very many; exporters have some ten.
    max_concurrent_streams: int = Field(default=256, ge=0)
    keepalive: ServerKeepalive = ServerKeepalive()
    # From a call's headers to the end of its message: a call that dawdles is ended.
    read_timeout: Duration = timedelta(minutes=1)
    include_metadata: bool = False
    tls: ServerTls | None = None
    auth: Auth | None = None

    @field_validator("tls")
    @classmethod
    def _what_grpc_can(cls, tls: ServerTls | None) -> ServerTls | None:
        """grpcio cannot set the TLS version. Accepting the key and ignoring it would be worse."""
        if tls and tls.min_version == "1.3":
            raise ValueError("min_version is always 1.2 over gRPC")
        return tls


class HttpProtocol(Section):
    """OTLP/HTTP, protobuf and JSON: unlike upstream's, no connection may dawdle."""

    enabled: bool = True
    endpoint: Endpoint = "localhost:4318"
    traces_url_path: Path = "/v1/traces"
    metrics_url_path: Path = "/v1/metrics"
    logs_url_path: Path = "/v1/logs"
    cors: CorsConfig | None = None
    max_request_body_size: int = Field(default=DEFAULT_REQUEST_MIB << 20, gt=0)
    compression_algorithms: list[Encoding] = ENCODINGS
    # Browsers are hostile clients: each of these ends a connection that dawdles.
    read_header_timeout: Duration = timedelta(seconds=30)
    read_timeout: Duration = timedelta(minutes=1)
    write_timeout: Duration = timedelta(seconds=30)
    idle_timeout: Duration = timedelta(minutes=1)
    include_metadata: bool = False
    tls: ServerTls | None = None
    auth: Auth | None = None

    @field_validator("traces_url_path", "metrics_url_path", "logs_url_path")
    @classmethod
    def _from_the_root(cls, path: str) -> str:
        return path if path.startswith("/") else f"/{path}"


class Protocols(Section):
    """Which listeners there are: an empty entry has all defaults, an absent one is off."""

    grpc: GrpcProtocol | None = None
    http: HttpProtocol | None = None

    @model_validator(mode="before")
    @classmethod
    def _an_empty_entry_has_all_defaults(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {name: {} if entry is None else entry for name, entry in value.items()}

    @model_validator(mode="after")
    def _one_at_least(self) -> Protocols:
        if not any(protocol and protocol.enabled for protocol in (self.grpc, self.http)):
            raise ValueError("at least one of grpc and http must be there")
        return self


class RateConfig(Section):
    """A token bucket; 0 requests a second means no limit, 0 burst as many as a second allows."""

    requests_per_second: float = Field(default=0.0, ge=0)
    burst: int = Field(default=0, ge=0)


class ClientLimits(RateConfig):
    """What one client address may have."""

    in_flight_mib: int = Field(default=0, ge=0)


class LimitsConfig(Section):
    """What senders may have, one and all; a request over a limit may be sent again later, but for `request_items`."""

    # Exporters send some hundred or thousand items at once: this stops only what is made to be expensive.
    request_items: int = Field(default=100_000, ge=0)
    in_flight_mib: int = Field(default=512, ge=0)
    per_client: ClientLimits = ClientLimits()
    per_origin: RateConfig = RateConfig()
    trusted_proxies: list[str] = []

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, networks: list[str]) -> list[str]:
        for network in networks:
            ipaddress.ip_network(network, strict=False)
        return networks


class CapsConfig(Section):
    """What one item may carry, and how many sessions one client may have in `session_window`; 0: no cap."""

    attributes: int = Field(default=0, ge=0)
    value_bytes: int = Field(default=0, ge=0)
    sessions_per_client: int = Field(default=0, ge=0)
    session_window: Duration = timedelta(minutes=15)
    session_attributes: list[str] = list(SESSION_ATTRIBUTES)


class OtlpReceiverConfig(Section):
    """`otlp`: listeners, and what their senders may have."""

    protocols: Protocols
    limits: LimitsConfig = LimitsConfig()
    caps: CapsConfig = CapsConfig()
