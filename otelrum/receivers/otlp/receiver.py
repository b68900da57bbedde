"""The `otlp` receiver: one listener a protocol, one way into the pipelines."""

from __future__ import annotations

from otelrum.collector.auth import server_authenticator
from otelrum.collector.component import Build, Consumer, Host
from otelrum.collector.listening import bound_to
from otelrum.otlp.batch import Signal
from otelrum.receivers.otlp.caps import Caps
from otelrum.receivers.otlp.config import GrpcProtocol, HttpProtocol, OtlpReceiverConfig
from otelrum.receivers.otlp.grpc import GrpcServer
from otelrum.receivers.otlp.http import OtlpHttp
from otelrum.receivers.otlp.http_server import HttpServer
from otelrum.receivers.otlp.intake import Guards, Intake
from otelrum.receivers.otlp.limits import Limits
from otelrum.receivers.otlp.refused_origins import RefusedOrigins

Listener = GrpcServer | HttpServer


class OtlpReceiver:
    """Takes OTLP over gRPC and HTTP."""

    def __init__(self, config: OtlpReceiverConfig, build: Build) -> None:
        self._protocols = config.protocols
        self._build = build
        self._guards = Guards(Limits(config.limits, build.clock), Caps(config.caps, build.clock))
        self._consumers: dict[Signal, Consumer] = {}
        self._listeners: list[Listener] = []
        self.ports: dict[str, int] = {}
        """The bound port of each protocol, once started: `grpc`, `http`."""

    def connect(self, signal: Signal, consumer: Consumer) -> None:
        self._consumers[signal] = consumer

    async def start(self, host: Host) -> None:
        if (grpc := self._protocols.grpc) and grpc.enabled:
            await self._listen("grpc", grpc.endpoint, self._grpc(grpc, host))
        if (http := self._protocols.http) and http.enabled:
            await self._listen("http", http.endpoint, self._http(http, host))

    async def shutdown(self, deadline_ns: int) -> None:
        while self._listeners:
            grace_s = max(0.0, (deadline_ns - self._build.clock.now_ns()) / 1e9)
            await self._listeners.pop().stop(grace_s)

    async def _listen(self, protocol: str, endpoint: str, listener: Listener) -> None:
        self._listeners.append(listener)
        port = self.ports[protocol] = await listener.start()
        self._build.log.info("listening for OTLP/%s on %s", protocol, bound_to(endpoint, port))

    def _grpc(self, config: GrpcProtocol, host: Host) -> GrpcServer:
        authenticator = server_authenticator(config.auth, host)
        return GrpcServer(config, self._intake("grpc"), authenticator, self._build.clock)

    def _http(self, config: HttpProtocol, host: Host) -> HttpServer:
        authenticator = server_authenticator(config.auth, host)
        app = OtlpHttp(config, self._intake("http"), authenticator, RefusedOrigins(self._build))
        return HttpServer(app, config, self._build)

    def _intake(self, transport: str) -> Intake:
        return Intake(self._consumers, self._guards, self._build, transport)
