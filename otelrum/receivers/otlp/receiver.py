"""The `otlp` receiver: one listener a protocol, one way into the pipelines."""

from __future__ import annotations

from otelrum.collector.component import Build, Consumer, Host
from otelrum.otlp.lazy import Signal
from otelrum.receivers.otlp.config import OtlpReceiverConfig
from otelrum.receivers.otlp.grpc import GrpcServer
from otelrum.receivers.otlp.http import OtlpHttp
from otelrum.receivers.otlp.http_server import HttpServer
from otelrum.receivers.otlp.intake import Intake


class OtlpReceiver:
    """Takes OTLP over gRPC and HTTP."""

    def __init__(self, config: OtlpReceiverConfig, build: Build) -> None:
        self._protocols = config.protocols
        self._build = build
        self._consumers: dict[Signal, Consumer] = {}
        self._servers: list[GrpcServer | HttpServer] = []
        self.ports: dict[str, int] = {}
        """The bound port of each protocol, once started: `grpc`, `http`."""

    def connect(self, signal: Signal, consumer: Consumer) -> None:
        self._consumers[signal] = consumer

    async def start(self, host: Host) -> None:
        for protocol, server in self._listeners():
            self._servers.append(server)
            self.ports[protocol] = await server.start()
            self._build.log.info("listening for OTLP/%s on port %d", protocol, self.ports[protocol])

    async def shutdown(self, deadline_ns: int) -> None:
        while self._servers:
            grace_s = max(0.0, (deadline_ns - self._build.clock.now_ns()) / 1e9)
            await self._servers.pop().stop(grace_s)

    def _listeners(self) -> list[tuple[str, GrpcServer | HttpServer]]:
        listeners: list[tuple[str, GrpcServer | HttpServer]] = []
        log, grpc, http = self._build.log, self._protocols.grpc, self._protocols.http
        if grpc and grpc.enabled:
            listeners.append(("grpc", GrpcServer(grpc, Intake(self._consumers, self._build, "grpc"), log)))
        if http and http.enabled:
            app = OtlpHttp(http, Intake(self._consumers, self._build, "http"), log)
            listeners.append(("http", HttpServer(app, http, self._build.clock, None)))
        return listeners
