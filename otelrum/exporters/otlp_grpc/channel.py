"""A gRPC channel as the configuration wants it."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import grpc
import grpc.aio

from otelrum.collector.process import USER_AGENT
from otelrum.collector.sections import ClientTls
from otelrum.collector.tls import client_context
from otelrum.exporters.otlp_grpc.config import OtlpGrpcConfig

COMPRESSIONS = {"gzip": grpc.Compression.Gzip, "deflate": grpc.Compression.Deflate}

# gRPC's own pause between connection attempts grows to two minutes, and until it ends every
# request fails at once: a backend that is back would wait that long for its data.
MAX_RECONNECT_MS = 5_000


def open_channel(config: OtlpGrpcConfig) -> grpc.aio.Channel:
    """A channel; it connects when it is used. Raises OSError where a file is missing or no certificate."""
    options: list[tuple[str, int | str]] = [
        ("grpc.primary_user_agent", USER_AGENT),
        ("grpc.max_reconnect_backoff_ms", MAX_RECONNECT_MS),
        ("grpc.lb_policy_name", "round_robin"),
    ]
    if (keepalive := config.keepalive) is not None:
        timeout_ms = int(keepalive.timeout.total_seconds() * 1000)
        options += [
            ("grpc.keepalive_time_ms", int(keepalive.time.total_seconds() * 1000)),
            ("grpc.keepalive_timeout_ms", timeout_ms),
            # Without this one it is a minute, whatever the other says.
            ("grpc.http2.ping_timeout_ms", timeout_ms),
            ("grpc.keepalive_permit_without_calls", int(keepalive.permit_without_stream)),
        ]
    compression = COMPRESSIONS.get(config.compression)
    target, secure = _target(config)
    if not secure:
        return grpc.aio.insecure_channel(target, options=options, compression=compression)
    if config.tls.server_name_override:
        options.append(("grpc.ssl_target_name_override", config.tls.server_name_override))
    return grpc.aio.secure_channel(target, _credentials(config.tls), options=options, compression=compression)


def _target(config: OtlpGrpcConfig) -> tuple[str, bool]:
    """Where to, and whether with TLS: a scheme in the endpoint decides, in both directions."""
    url = urlsplit(config.endpoint)
    if url.scheme in ("http", "https"):
        return url.netloc, url.scheme == "https"
    return config.endpoint, not config.tls.insecure


def _credentials(tls: ClientTls) -> grpc.ChannelCredentials:
    client_context(tls)  # gRPC takes files that are no certificates, and fails at handshakes

    def read(path: str) -> bytes | None:
        return Path(path).read_bytes() if path else None

    return grpc.ssl_channel_credentials(read(tls.ca_file), read(tls.key_file), read(tls.cert_file))
