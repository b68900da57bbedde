"""OTLP/gRPC: raw request bytes in, because nothing here needs them decoded."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import unquote

import grpc
import grpc.aio

from otelrum.collector.errors import OtelrumError
from otelrum.otlp.lazy import Batch, Client, Signal
from otelrum.receivers.otlp.config import GrpcProtocol
from otelrum.receivers.otlp.intake import Intake
from otelrum.receivers.otlp.status import refusal_of

SERVICES: Mapping[Signal, str] = {
    Signal.TRACES: "opentelemetry.proto.collector.trace.v1.TraceService",
    Signal.METRICS: "opentelemetry.proto.collector.metrics.v1.MetricsService",
    Signal.LOGS: "opentelemetry.proto.collector.logs.v1.LogsService",
}

# What processors ask for; all metadata travels with `include_metadata`.
CHOSEN_METADATA = frozenset({"user-agent", "x-forwarded-for", "origin"})

FULL_SUCCESS = b""  # an Export…ServiceResponse without partial_success

Context = grpc.aio.ServicerContext[bytes, bytes]


class GrpcServer:
    """Listens with one Export method for each signal that a pipeline takes."""

    def __init__(self, config: GrpcProtocol, intake: Intake, log: logging.Logger) -> None:
        self._config = config
        self._intake = intake
        self._log = log
        self._server: grpc.aio.Server | None = None

    async def start(self) -> int:
        """Bind and serve; the bound port. Raises OtelrumError where the port is taken."""
        server = grpc.aio.server(options=_options(self._config))
        for signal in sorted(self._intake.signals):
            method = grpc.unary_unary_rpc_method_handler(self._export(signal))
            handler = grpc.method_handlers_generic_handler(SERVICES[signal], {"Export": method})
            server.add_generic_rpc_handlers((handler,))
        try:
            port = server.add_insecure_port(self._config.endpoint)
        except RuntimeError as error:
            raise OtelrumError(f"cannot listen on {self._config.endpoint}: {error}") from error
        await server.start()
        self._server = server
        return port

    async def stop(self, grace_s: float) -> None:
        """Take nothing more; running calls have so many seconds to end."""
        if self._server is not None:
            await self._server.stop(grace_s)
            self._server = None

    def _export(self, signal: Signal):  # type: ignore[no-untyped-def]
        async def export(data: bytes, context: Context) -> bytes:
            try:
                await self._intake.take(Batch(signal, data, self._client(context)))
            except Exception as error:
                await self._abort(context, error)
            return FULL_SUCCESS

        return export

    async def _abort(self, context: Context, error: Exception) -> None:
        refusal = refusal_of(error)
        if refusal.message == "internal error":
            self._log.error("a request failed in a way nobody foresaw", exc_info=error)
        context.set_trailing_metadata((("grpc-status-details-bin", refusal.status().SerializeToString()),))
        await context.abort(refusal.code, refusal.message)

    def _client(self, context: Context) -> Client:
        metadata = context.invocation_metadata() or ()
        chosen = {
            key: value
            for key, value in metadata
            if isinstance(value, str) and (self._config.include_metadata or key in CHOSEN_METADATA)
        }
        return Client(_address(context.peer()), chosen)


def _address(peer: str) -> str:
    """`ipv4:127.0.0.1:1234` and `ipv6:%5B::1%5D:1234` without family and port."""
    family, _, rest = peer.partition(":")
    return unquote(rest).rpartition(":")[0].strip("[]") if family in ("ipv4", "ipv6") else ""


def _options(config: GrpcProtocol) -> list[tuple[str, int]]:
    server, policy = config.keepalive.server_parameters, config.keepalive.enforcement_policy
    options = [
        # Linux shares a port between processes by default: two collectors would split sessions.
        ("grpc.so_reuseport", 0),
        ("grpc.max_receive_message_length", config.max_recv_msg_size_mib << 20),
        ("grpc.keepalive_time_ms", _ms(server.time)),
        ("grpc.keepalive_timeout_ms", _ms(server.timeout)),
        ("grpc.http2.min_ping_interval_without_data_ms", _ms(policy.min_time)),
        ("grpc.keepalive_permit_without_calls", int(policy.permit_without_stream)),
    ]
    unlimited_at_zero = (
        ("grpc.max_concurrent_streams", config.max_concurrent_streams),
        ("grpc.max_connection_idle_ms", _ms(server.max_connection_idle)),
        ("grpc.max_connection_age_ms", _ms(server.max_connection_age)),
        ("grpc.max_connection_age_grace_ms", _ms(server.max_connection_age_grace)),
    )
    return options + [(name, value) for name, value in unlimited_at_zero if value]


def _ms(duration: timedelta) -> int:
    return int(duration.total_seconds() * 1000)
