"""OTLP over gRPC to a backend: raw bytes out."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import grpc
import grpc.aio
from google.protobuf.message import Error
from google.rpc.status_pb2 import Status

from otelrum.collector.auth import ClientAuthenticator, client_authenticator
from otelrum.collector.component import Build, Host
from otelrum.collector.errors import OtelrumError, PermanentError, RetryableError
from otelrum.collector.sections import Secrets
from otelrum.collector.tls import FileWatch
from otelrum.exporters.otlp_grpc.channel import open_channel
from otelrum.exporters.otlp_grpc.config import OtlpGrpcConfig
from otelrum.exporters.response import receipt, retry_delay_s
from otelrum.exporters.sending import SendingExporter
from otelrum.exporters.transport import Receipt, SenderRefused, SignalRefused, TooLarge
from otelrum.otlp.batch import Batch, Signal

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

# What a refusal for good is about, where it is not about the data.
REFUSALS: Mapping[grpc.StatusCode, type[PermanentError]] = {
    grpc.StatusCode.UNAUTHENTICATED: SenderRefused,
    grpc.StatusCode.PERMISSION_DENIED: SenderRefused,
    grpc.StatusCode.UNIMPLEMENTED: SignalRefused,
    grpc.StatusCode.RESOURCE_EXHAUSTED: TooLarge,  # more than the receiver's message size has no RetryInfo
}


class GrpcTransport:
    """Sends over one channel, which is renewed when a certificate changes."""

    def __init__(self, config: OtlpGrpcConfig, build: Build) -> None:
        self._config = config
        self._log = build.log
        self._metadata = _metadata(config.headers)
        self._authenticator: ClientAuthenticator | None = None
        self._channel: grpc.aio.Channel | None = None
        self._exports: dict[Signal, grpc.aio.UnaryUnaryMultiCallable[bytes, bytes]] = {}
        tls = config.tls
        self._files = FileWatch((tls.ca_file, tls.cert_file, tls.key_file), tls.reload_interval, build.clock)
        self._closing: set[asyncio.Task[None]] = set()

    def endpoint(self, signal: Signal) -> str:
        return self._config.endpoint

    async def start(self, host: Host) -> None:
        self._authenticator = client_authenticator(self._config.auth, host)
        self._open()

    async def send(self, batch: Batch, timeout_s: float) -> Receipt:
        if self._files.changed():
            self._replace()
        metadata = self._metadata
        if self._authenticator is not None:
            metadata = [*metadata, *self._authenticator.headers().items()]
        try:
            answer = await self._exports[batch.signal](batch.data, timeout=timeout_s or None, metadata=metadata)
        except grpc.aio.AioRpcError as error:
            raise _judged(error) from None
        return receipt(answer)

    async def close(self) -> None:
        channel, self._channel = self._channel, None
        if channel is not None:
            await channel.close()
        if self._closing:
            await asyncio.wait(self._closing)

    def _open(self) -> None:
        self._channel = open_channel(self._config)
        self._exports = {signal: self._channel.unary_unary(path) for signal, path in METHODS.items()}

    def _replace(self) -> None:
        """A new channel with the new certificates; the old one ends with its running calls."""
        old = self._channel
        try:
            self._open()
        except OSError as error:  # half written: it is looked at again when it changes again
            self._log.error("keeping the certificates that were read before: %s", error)
            return
        if old is not None:
            closing = asyncio.ensure_future(old.close(self._config.timeout.total_seconds()))
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)


def create(config: OtlpGrpcConfig, build: Build) -> SendingExporter:
    """The exporter of a Factory."""
    if config.compression == "deflate":
        build.log.warning("no server in Go reads deflate over gRPC, the OpenTelemetry Collector neither: use gzip")
    return SendingExporter(GrpcTransport(config, build), config, build)


def _metadata(headers: Secrets) -> list[tuple[str, str | bytes]]:
    texts = ((key, value.get_secret_value()) for key, value in headers.items())
    return [(key, text.encode() if key.endswith("-bin") else text) for key, text in texts]


def _judged(error: grpc.aio.AioRpcError) -> OtelrumError:
    text = f"{error.code().name}: {error.details()}"
    delay_s = _delay_s(error)
    if error.code() in RETRYABLE:
        return RetryableError(text, delay_s=delay_s or 0.0)
    if error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED and delay_s is not None:
        return RetryableError(text, delay_s=delay_s)
    refusal = REFUSALS.get(error.code(), PermanentError)
    return refusal(text, invalid=error.code() is grpc.StatusCode.INVALID_ARGUMENT)


def _delay_s(error: grpc.aio.AioRpcError) -> float | None:
    for key, value in error.trailing_metadata():
        if key == "grpc-status-details-bin":
            try:
                return retry_delay_s(Status.FromString(value))
            except Error:
                return None
    return None
