"""OTLP over gRPC to a backend: raw bytes out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import grpc
import grpc.aio
from google.protobuf.message import Error
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]

from otelrum.collector.component import Build, Host
from otelrum.collector.errors import OtelrumError, PermanentError, RetryableError
from otelrum.collector.net import ClientTls
from otelrum.exporters.otlp_grpc.config import OtlpGrpcConfig
from otelrum.exporters.response import receipt, retry_delay_s
from otelrum.exporters.sending import Receipt, SendingExporter
from otelrum.otlp.lazy import Batch, Signal

METHODS: Mapping[Signal, str] = {
    Signal.TRACES: "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
    Signal.METRICS: "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
    Signal.LOGS: "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
}

# OTLP specification, "Failures": these may be sent again; RESOURCE_EXHAUSTED only with RetryInfo.
RETRYABLE = frozenset({
    grpc.StatusCode.CANCELLED, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.ABORTED,
    grpc.StatusCode.OUT_OF_RANGE, grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DATA_LOSS,
})  # fmt: skip

COMPRESSIONS = {"gzip": grpc.Compression.Gzip, "deflate": grpc.Compression.Deflate}

# gRPC's own pause between connection attempts grows to two minutes, and until it ends every
# request fails at once: a backend that is back would wait that long for its data.
MAX_RECONNECT_MS = 5_000


class GrpcTransport:
    """One channel to one backend."""

    def __init__(self, config: OtlpGrpcConfig) -> None:
        self._config = config
        self._metadata = [(key.lower(), value.get_secret_value()) for key, value in config.headers.items()]
        self._channel: grpc.aio.Channel | None = None
        self._exports: dict[Signal, grpc.aio.UnaryUnaryMultiCallable[bytes, bytes]] = {}

    async def start(self, host: Host) -> None:
        self._channel = _channel(self._config)
        self._exports = {signal: self._channel.unary_unary(path) for signal, path in METHODS.items()}

    async def send(self, batch: Batch, timeout_s: float) -> Receipt:
        try:
            answer = await self._exports[batch.signal](batch.data, timeout=timeout_s, metadata=self._metadata)
        except grpc.aio.AioRpcError as error:
            raise _judged(error) from None
        return receipt(answer)

    async def close(self) -> None:
        if self._channel is not None:
            await self._channel.close()
            self._channel = None


def create(config: OtlpGrpcConfig, build: Build) -> SendingExporter:
    """The exporter of a Factory."""
    return SendingExporter(GrpcTransport(config), config, build)


def _judged(error: grpc.aio.AioRpcError) -> OtelrumError:
    text = f"{error.code().name}: {error.details()}"
    delay_s = _delay_s(error)
    if error.code() in RETRYABLE:
        return RetryableError(text, delay_s=delay_s or 0.0)
    if error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED and delay_s is not None:
        return RetryableError(text, delay_s=delay_s)
    return PermanentError(text, invalid=error.code() is grpc.StatusCode.INVALID_ARGUMENT)


def _delay_s(error: grpc.aio.AioRpcError) -> float | None:
    for key, value in error.trailing_metadata():
        if key == "grpc-status-details-bin":
            try:
                return retry_delay_s(Status.FromString(value))
            except Error:
                return None
    return None


def _channel(config: OtlpGrpcConfig) -> grpc.aio.Channel:
    options: list[tuple[str, int | str]] = [
        ("grpc.max_reconnect_backoff_ms", MAX_RECONNECT_MS),
        ("grpc.lb_policy_name", "round_robin"),
    ]
    if (keepalive := config.keepalive) is not None:
        options += [
            ("grpc.keepalive_time_ms", int(keepalive.time.total_seconds() * 1000)),
            ("grpc.keepalive_timeout_ms", int(keepalive.timeout.total_seconds() * 1000)),
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
    def read(path: str) -> bytes | None:
        return Path(path).read_bytes() if path else None

    return grpc.ssl_channel_credentials(read(tls.ca_file), read(tls.key_file), read(tls.cert_file))
