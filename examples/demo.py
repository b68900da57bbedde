"""Shows the main job: recorded sessions of a real browser through otelrum, and the actions that came of them.

Starts a backend and an otelrum with the default configuration, all on free ports of this machine, sends
the recordings over OTLP/HTTP, ends otelrum with SIGTERM (so nobody waits the 16 s that it listens for late
requests), and prints what the backend got. Where a person looks on, it then begins once more with the live page,
and stays until Ctrl-C.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import grpc
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from rich.console import Console
from rich.table import Table

from otelrum.otlp.values import attributes

ROOT = Path(__file__).resolve().parent.parent
CONFIG = ROOT / "config" / "otelrum.yaml"
CAPTURES = ROOT / "tests" / "golden" / "captures"
RECORDINGS = (
    "shop_add_to_cart.zone.hook",
    "shop_checkout_error.zone.full",
    "rage_click.zone.full",
    "dead_click_listener.zone.hook",
    "spa_pushstate.nozone.full",
    "fetch_mutation.zone.stock",
    "custom_action.zone.hook",
)
ANY_PORT = "127.0.0.1:0"
READY = ": ready"
HTTP_PORT = "listening for OTLP/http on "
LIVE_PAGE = "live page on "

# All that is held is sent within otelrum's own shutdown_timeout of 25 s.
END_S = 30.0
MS = 1_000_000

COLUMNS = (
    "action",
    "target",
    "loading time",
    "ended by",
    "resources",
    "errors",
    "long tasks",
    "frustration",
    "attached",
)

# What only otelrum needs: the default configuration sends none of it on.
HELPERS = frozenset({"dom.mutation", "user.activity", "page.exit", "view", "long-animation-frame"})


class Item(NamedTuple):
    """One span or log record. Of an action it is reported once more when it is in no recording."""

    name: str
    attributes: Mapping[str, object]
    is_reported: bool


def main() -> None:
    """Print the table; exit status 1 when something did not arrive."""
    with backend() as (arrived, endpoint):
        with collector(endpoint) as ports:
            sent = [item for name in RECORDINGS for item in send(ports.http, name)]
        got = [item for request in arrived for item in items_of(request)]
    console = Console(width=120)
    console.print(actions(got))
    console.print(summary(sent, got))
    if sum(item.name not in HELPERS for item in sent) != sum(not item.is_reported for item in got):
        raise SystemExit("something is missing")


def summary(sent: Sequence[Item], got: Sequence[Item]) -> str:
    """What became of everything that was sent."""
    helpers = sum(item.name in HELPERS for item in sent)
    passed = [item for item in got if not item.is_reported]
    attached = sum("action.id" in item.attributes for item in passed)
    return (
        f"{len(sent)} spans and records sent, {helpers} of them for otelrum alone; {len(passed)} left the exporter, "
        f"{attached} of them in actions"
    )


Export = ExportTraceServiceRequest | ExportLogsServiceRequest

EXPORTS: Mapping[str, type[Export]] = {
    "/v1/traces": ExportTraceServiceRequest,
    "/v1/logs": ExportLogsServiceRequest,
    "/opentelemetry.proto.collector.trace.v1.TraceService/Export": ExportTraceServiceRequest,
    "/opentelemetry.proto.collector.logs.v1.LogsService/Export": ExportLogsServiceRequest,
}


def items_of(request: Export) -> list[Item]:
    """Every span or record in an export request."""
    if isinstance(request, ExportTraceServiceRequest):
        spans = [s for group in request.resource_spans for scope in group.scope_spans for s in scope.spans]
        return [span_item(span) for span in spans]
    records = [r for group in request.resource_logs for scope in group.scope_logs for r in scope.log_records]
    return [Item(r.event_name, attributes(r.attributes), r.event_name == "rum.action") for r in records]


def span_item(span: Span) -> Item:
    """A span made of an action has the beginning of its id."""
    own = attributes(span.attributes)
    id = str(own.get("action.id", "")).replace("-", "")
    return Item(span.name, own, bool(id) and id.startswith(span.span_id.hex()))


class Backend(grpc.GenericRpcHandler):
    """Any OTLP/gRPC backend: takes spans and log records, and keeps them."""

    def __init__(self) -> None:
        self.arrived: list[Export] = []

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[bytes, bytes] | None:
        kind = EXPORTS.get(details.method)

        def export(request: bytes, _: grpc.ServicerContext) -> bytes:
            if kind is not None:  # metrics are taken too, and not shown
                self.arrived.append(kind.FromString(request))
            return b""

        return grpc.unary_unary_rpc_method_handler(export)


@contextmanager
def backend() -> Iterator[tuple[Sequence[Export], str]]:
    """A running backend: what arrives there, and its endpoint."""
    handler, server = Backend(), grpc.server(ThreadPoolExecutor(4))
    server.add_generic_rpc_handlers((handler,))
    port = server.add_insecure_port(ANY_PORT)
    server.start()
    try:
        yield handler.arrived, f"127.0.0.1:{port}"
    finally:
        server.stop(None).wait()


@dataclass(frozen=True)
class Ports:
    """Where a collector listens for OTLP/HTTP, and the address of its live page."""

    http: int
    live: str


@contextmanager
def collector(endpoint: str) -> Iterator[Ports]:
    """An otelrum with the default configuration before this backend.

    The end of the context is its end: SIGTERM, and then all that it holds is decided and sent.
    """
    settings = {
        "OTELRUM_GRPC": ANY_PORT,
        "OTELRUM_HTTP": ANY_PORT,
        "OTELRUM_HEALTH": ANY_PORT,
        "OTELRUM_LIVE": "localhost:0",
        "OTELRUM_BACKEND": endpoint,
        "OTELRUM_METRICS": "none",
    }
    command = [sys.executable, "-m", "otelrum", "--config", str(CONFIG)]
    environment = {**os.environ, **settings}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield ports_of(process)
            process.terminate()
            process.communicate(timeout=END_S)
        finally:
            process.kill()


def ports_of(process: subprocess.Popen[str]) -> Ports:
    """Where it listens, as soon as it is ready."""
    assert process.stderr
    log = []
    for line in process.stderr:
        log.append(line)
        if READY in line:
            (http_port,) = [
                log_line.split(HTTP_PORT)[1].rpartition(":")[2] for log_line in log if HTTP_PORT in log_line
            ]
            (live,) = [log_line.split(LIVE_PAGE)[1].strip() for log_line in log if LIVE_PAGE in log_line]
            return Ports(int(http_port), live)
    raise SystemExit(f"otelrum did not start:\n{''.join(log)}")


def send(port: int, name: str) -> list[Item]:
    """Post one recorded session as its browser did; returns all that was in it."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    sent: list[Item] = []
    for request in json.loads((CAPTURES / f"{name}.json").read_text())["requests"]:
        body = base64.b64decode(request["body_base64"])
        connection.request("POST", request["path"], body, {"Content-Type": request["content_type"]})
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise SystemExit(f"otelrum answered {answer.status}: {text!r}")
        sent += items_of(EXPORTS[request["path"]].FromString(body))
    connection.close()
    return sent


def actions(items: Sequence[Item]) -> Table:
    """One row an action."""
    attached = Counter(item.attributes.get("action.id") for item in items if not item.is_reported)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in COLUMNS:
        table.add_column(column, no_wrap=True)
    for item in items:
        if item.name == "rum.action":
            table.add_row(*row(item.attributes), str(attached[item.attributes["action.id"]]))
    return table


def row(action: Mapping[str, object]) -> list[str]:
    """What the event of an action says; what is not there, such as a loading time, is empty."""
    loading_ns = action.get("action.loading_time")
    frustration = action.get("action.frustration.type")
    return [
        str(action["action.name"]),
        str(action.get("action.target.name", "(custom)")),
        f"{loading_ns / MS:.0f} ms" if isinstance(loading_ns, int) else "",
        str(action.get("action.end_reason", "")).replace("_", " "),
        *(str(action.get(f"action.{key}.count", "")) for key in ("resource", "error", "long_task")),
        ", ".join(str(sign).removesuffix("_click") for sign in frustration) if isinstance(frustration, list) else "",
    ]


if __name__ == "__main__":
    main()
