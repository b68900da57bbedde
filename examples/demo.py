"""Shows the main job: recorded sessions of a real browser through otelrum, and the actions that came of them.

Starts a backend and an otelrum with the default configuration, both on free ports of this machine, sends
the recordings over OTLP/HTTP, ends otelrum with SIGTERM (so nobody waits the 16 s that it listens for late
requests), and prints what the backend got.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest, ExportLogsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from rich.console import Console
from rich.table import Table

from otelrum.otlp.values import attributes

ROOT = Path(__file__).resolve().parent.parent
RECORDINGS = ("shop_add_to_cart.zone.hook", "shop_checkout_error.zone.full", "rage_click.zone.full",
              "dead_click_listener.zone.hook", "spa_pushstate.nozone.full", "fetch_mutation.zone.stock",
              "custom_action.zone.hook")  # fmt: skip
EXPORTS = (
    ("trace.v1.TraceService", ExportTraceServiceRequest, ExportTraceServiceResponse),
    ("logs.v1.LogsService", ExportLogsServiceRequest, ExportLogsServiceResponse),
)
MS = 1_000_000


class Backend:
    """An OTLP/gRPC server that keeps the attributes of every span and record."""

    def __init__(self) -> None:
        self.items: list[dict[str, object]] = []
        self._lock = threading.Lock()
        self._server = grpc.server(ThreadPoolExecutor(4))
        for name, request, response in EXPORTS:
            handler = grpc.unary_unary_rpc_method_handler(
                self._keeper(response), request.FromString, response.SerializeToString
            )
            service = f"opentelemetry.proto.collector.{name}"
            self._server.add_generic_rpc_handlers(
                [grpc.method_handlers_generic_handler(service, {"Export": handler})]
            )
        self.port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()

    def stop(self) -> None:
        self._server.stop(1).wait()

    def _keeper(self, response: type) -> object:
        def keep(request: object, _: grpc.ServicerContext) -> object:
            found = [attributes(item.attributes) for item in items_of(request)]
            with self._lock:
                self.items += found
            return response()

        return keep


def items_of(request: object) -> list[object]:
    """The spans or log records of an export request."""
    groups = getattr(request, "resource_spans", None) or getattr(request, "resource_logs", None) or ()
    scopes = [s for g in groups for s in (getattr(g, "scope_spans", None) or getattr(g, "scope_logs", None) or ())]
    return [item for s in scopes for item in (getattr(s, "spans", None) or getattr(s, "log_records", None) or ())]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def started(backend: Backend, http_port: int) -> subprocess.Popen[bytes]:
    """otelrum with its default configuration, ready to take requests."""
    environment = {
        **os.environ,
        "OTELRUM_GRPC": f"127.0.0.1:{free_port()}",
        "OTELRUM_HTTP": f"127.0.0.1:{http_port}",
        "OTELRUM_HEALTH": f"127.0.0.1:{free_port()}",
        "OTELRUM_BACKEND": f"127.0.0.1:{backend.port}",
        "OTELRUM_METRICS": "none",
    }
    command = [sys.executable, "-m", "otelrum", "--config", str(ROOT / "config" / "otelrum.yaml")]
    collector = subprocess.Popen([*command, "--set", "service.telemetry.logs.level=error"], env=environment)
    for _ in range(200):
        if collector.poll() is not None:
            raise SystemExit(f"otelrum ended with {collector.returncode}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", http_port)) == 0:
                return collector
        time.sleep(0.05)
    raise SystemExit("otelrum did not start in 10 s")


def send(port: int) -> int:
    """Post every recorded request; returns how many spans and records that were."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    sent = 0
    for name in RECORDINGS:
        recording = json.loads((ROOT / "tests" / "golden" / "captures" / f"{name}.json").read_text())
        for request in recording["requests"]:
            body = base64.b64decode(request["body_base64"])
            connection.request("POST", request["path"], body, {"Content-Type": request["content_type"]})
            answer = connection.getresponse()
            if answer.status != 200:
                raise SystemExit(f"otelrum answered {answer.status}: {answer.read()!r}")
            answer.read()
            kind = ExportTraceServiceRequest if request["path"] == "/v1/traces" else ExportLogsServiceRequest
            sent += len(items_of(kind.FromString(body)))
    connection.close()
    return sent


def table(items: list[dict[str, object]]) -> Table:
    """One row an action."""
    attached = Counter(item.get("action.id") for item in items)
    out = Table(title="User actions", title_justify="left")
    for column in ("action", "type", "target", "loading time", "resources", "errors", "long tasks", "frustration"):
        out.add_column(column)
    out.add_column("spans and records", justify="right")
    for item in items:
        if "action.type" not in item:
            continue
        loading = item.get("action.loading_time")
        counts = [str(item.get(f"action.{key}.count", "")) for key in ("resource", "error", "long_task")]
        frustration = item.get("action.frustration.type")
        out.add_row(
            str(item["action.name"]),
            str(item["action.type"]),
            str(item.get("action.target.selector", "")),
            f"{loading / MS:.0f} ms" if isinstance(loading, int) else "",
            *counts,
            ", ".join(map(str, frustration)) if isinstance(frustration, list) else "",
            str(attached[item["action.id"]]),
        )
    return out


def main() -> None:
    backend = Backend()
    port = free_port()
    collector = started(backend, port)
    try:
        sent = send(port)
    finally:
        collector.send_signal(signal.SIGTERM)
        collector.wait(60)
        backend.stop()
    console = Console(width=150)
    console.print(table(backend.items))
    with_action = sum("action.id" in item for item in backend.items)
    left = len(backend.items)
    console.print(f"{sent} spans and records sent, {left} left the exporter, {with_action} with action.id")
    if sent != left:
        raise SystemExit("something is missing")


if __name__ == "__main__":
    main()
