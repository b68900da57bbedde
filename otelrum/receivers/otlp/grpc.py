"""OTLP/gRPC: raw request bytes in, because nothing here needs them decoded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import timedelta
from typing import TypeAlias
from urllib.parse import unquote

import grpc
import grpc.aio

from otelrum.collector.addresses import host_and_port
from otelrum.collector.auth import ServerAuthenticator
from otelrum.collector.clock import Clock
from otelrum.collector.errors import OtelrumError
from otelrum.collector.listening import addresses, check_free
from otelrum.otlp.batch import Client, Signal
from otelrum.receivers.otlp.answers import Refusal, success
from otelrum.receivers.otlp.config import GrpcProtocol
from otelrum.receivers.otlp.grpc_tls import server_credentials
from otelrum.receivers.otlp.intake import Intake

SERVICES: Mapping[Signal, str] = {
    Signal.TRACES: "opentelemetry.proto.collector.trace.v1.TraceService",
    Signal.METRICS: "opentelemetry.proto.collector.metrics.v1.MetricsService",
    Signal.LOGS: "opentelemetry.proto.collector.logs.v1.LogsService",
}

# What gRPC takes for no limit.
FOREVER_MS = 2**31 - 1

# What processors ask for; all metadata travels with `include_metadata`.
CHOSEN_METADATA = frozenset({"user-agent", "x-forwarded-for", "origin"})

Context: TypeAlias = grpc.aio.ServicerContext[bytes, bytes]
Export = Callable[[AsyncIterator[bytes], Context], Awaitable[bytes]]


class GrpcServer:
    """Listens with one Export method for each signal that a pipeline takes.

    Export is registered as a method that takes a stream, which is the same on the wire: so the
    handler runs when a call's headers are there, can refuse it before its message is read, and
    can end it when the message does not come.
    """

    def __init__(
        self, config: GrpcProtocol, intake: Intake, authenticator: ServerAuthenticator | None, clock: Clock
    ) -> None:
        self._config = config
        self._intake = intake
        self._authenticator = authenticator
        self._clock = clock
        self._read_timeout_s = config.read_timeout.total_seconds() or None
        self._server: grpc.aio.Server | None = None

    async def start(self) -> int:
        """Bind and serve; the bound port. Raises OtelrumError where the port is taken."""
        server = grpc.aio.server(options=_options(self._config))
        for signal in sorted(self._intake.signals):
            method: grpc.RpcMethodHandler[bytes, bytes]
            method = grpc.stream_unary_rpc_method_handler(self._export(signal))
            handler = grpc.method_handlers_generic_handler(SERVICES[signal], {"Export": method})
            server.add_generic_rpc_handlers((handler,))
        port = self._bind(server)
        await server.start()
        self._server = server
        return port

    async def stop(self, grace_s: float) -> None:
        """Take nothing more; running calls have so many seconds to end."""
        if self._server is not None:
            await self._server.stop(grace_s)
            self._server = None

    def _bind(self, server: grpc.aio.Server) -> int:
        """Each address by itself: gRPC would be content with one that is free."""
        host, port = host_and_port(self._config.endpoint)
        found = addresses(host)
        every = [address for address in found if address != "0.0.0.0" or "::" not in found]
        tls = self._config.tls
        credentials = server_credentials(tls, self._clock) if tls else None
        try:
            for address in every:
                check_free(address, port)
                target = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
                if credentials is None:
                    port = server.add_insecure_port(target)
                else:
                    port = server.add_secure_port(target, credentials)
        except (OSError, RuntimeError) as error:
            raise OtelrumError(f"cannot listen on {self._config.endpoint}: {error}") from error
        return port

    def _export(self, signal: Signal) -> Export:
        async def export(messages: AsyncIterator[bytes], context: Context) -> bytes:
            try:
                with self._intake.admit(self._client(context)) as admission:
                    data = await self._message(messages)
                    admission.hold(len(data))
                    # A caller that goes away now does not take back what the pipeline may have taken.
                    rejected = await asyncio.shield(self._intake.take(signal, data, admission))
                return success(signal, rejected, as_json=False)
            except Exception as error:
                await _abort(context, self._intake.refusal(error))
                raise AssertionError("abort always raises") from error

        return export

    async def _message(self, messages: AsyncIterator[bytes]) -> bytes:
        try:
            async with asyncio.timeout(self._read_timeout_s):
                return await anext(messages)
        except TimeoutError:
            raise Refusal(grpc.StatusCode.UNAVAILABLE, 503, "the message did not come in time", 1.0) from None
        except StopAsyncIteration:
            # Too large, and gRPC has said so: then this call is cancelled now. Else there was none.
            await asyncio.sleep(0)
            raise Refusal(grpc.StatusCode.INVALID_ARGUMENT, 400, "a call without a message") from None

    def _client(self, context: Context) -> Client:
        texts = {key: value for key, value in context.invocation_metadata() or () if isinstance(value, str)}
        auth = self._authenticator.authenticate(texts) if self._authenticator else {}
        if not self._config.include_metadata:
            texts = {key: value for key, value in texts.items() if key in CHOSEN_METADATA}
        return Client(_address(context.peer()), texts, auth)


async def _abort(context: Context, refusal: Refusal) -> None:
    context.set_trailing_metadata((("grpc-status-details-bin", refusal.status().SerializeToString()),))
    await context.abort(refusal.code, refusal.message)


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
        # Without this one it is a minute, whatever the other says.
        ("grpc.http2.ping_timeout_ms", _ms(server.timeout)),
        ("grpc.http2.min_ping_interval_without_data_ms", _ms(policy.min_time)),
        ("grpc.keepalive_permit_without_calls", int(policy.permit_without_stream)),
        # Before its first call a connection costs memory too: it must shake hands in the time of a message.
        ("grpc.server_handshake_timeout_ms", _ms(config.read_timeout) or FOREVER_MS),
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
