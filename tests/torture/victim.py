"""The otelrum under torture: a process that can be killed and started again, and its backend."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from otelrum.otlp.values import attributes

EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
CONFIG = """\
receivers:
  otlp:
    protocols: {{grpc: {{endpoint: "127.0.0.1:{port}"}}}}
processors:
  memory_limiter: {{check_interval: 1s, limit_mib: 2000}}
  rum_action: {{storage: file_storage, decision_wait: 2s, max_duration: 1s}}
  batch: {{timeout: 50ms}}
exporters:
  otlp_grpc:
    endpoint: "127.0.0.1:{backend}"
    tls: {{insecure: true}}
    sending_queue: {{storage: file_storage}}
    retry_on_failure: {{initial_interval: 200ms, max_interval: 1s, max_elapsed_time: 0s}}
extensions:
  file_storage: {{directory: "{folder}/data", create_directory: true}}
service:
  extensions: [file_storage]
  telemetry: {{metrics: {{level: none}}, logs: {{level: error}}}}
  pipelines:
    traces: {{receivers: [otlp], processors: [memory_limiter, rum_action, batch], exporters: [otlp_grpc]}}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Backend(grpc.GenericRpcHandler):
    """Keeps the attributes of every span that came, copies too; refuses while it is away."""

    def __init__(self) -> None:
        self.got: dict[bytes, list[dict[str, object]]] = defaultdict(list)
        self.is_away = False
        self._lock = threading.Lock()
        self._server = grpc.server(ThreadPoolExecutor(4), options=[("grpc.max_receive_message_length", -1)])
        self._server.add_generic_rpc_handlers((self,))
        self.port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[bytes, bytes]:
        return grpc.unary_unary_rpc_method_handler(self._take)

    def _take(self, request: bytes, context: grpc.ServicerContext) -> bytes:
        if self.is_away:
            context.abort(grpc.StatusCode.UNAVAILABLE, "away")
        with self._lock:
            for group in ExportTraceServiceRequest.FromString(request).resource_spans:
                for scope in group.scope_spans:
                    for span in scope.spans:
                        self.got[span.trace_id + span.span_id].append(attributes(span.attributes))
        return b""

    def stop(self) -> None:
        self._server.stop(0).wait()


class Victim:
    """A process with a journal in `folder`."""

    def __init__(self, folder: Path, backend_port: int) -> None:
        self.port = free_port()
        self._config = folder / "otelrum.yaml"
        self._config.write_text(CONFIG.format(port=self.port, backend=backend_port, folder=folder))
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it listens."""
        command = [sys.executable, "-m", "otelrum", "--config", str(self._config)]
        self._process = subprocess.Popen(command)
        while self._process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise AssertionError(f"it did not start: {self._process.returncode}")

    def end(self, number: signal.Signals) -> None:
        """End it by this signal, and wait until it is gone."""
        assert self._process
        self._process.send_signal(number)
        self._process.wait(60)
