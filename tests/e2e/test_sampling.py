"""An action is kept or dropped whole, also when the process is killed between its spans."""

from __future__ import annotations

import time
import urllib.request
from pathlib import Path
from signal import SIGKILL, SIGTERM

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from otelrum.otlp.values import attributes, key_value
from tests.account import shown_account
from tests.exporters.driving import PATIENCE_S
from tests.running import Collector, backend, written

CONFIG = """\
receivers: {{otlp: {{protocols: {{http: {{endpoint: "127.0.0.1:0"}}}}}}}}
processors:
  rum_action: {{decision_wait: 5s, storage: file_storage}}
  action_sampling: {{actions: [{{name: failed, type: error}}], storage: file_storage}}
exporters: {{otlp_grpc: {{endpoint: "{endpoint}", tls: {{insecure: true}}, sending_queue: {{storage: file_storage}}}}}}
extensions: {{file_storage: {{directory: {folder}/data, create_directory: true}}}}
service:
  extensions: [file_storage]
  pipelines:
    traces: {{receivers: [otlp], processors: [rum_action, action_sampling], exporters: [otlp_grpc]}}
"""
T0_NS = 1_767_225_600_000_000_000
MS = 1_000_000
SESSIONS = {"failed": 1, "fine": 2}
OTHER = "other"
"""A session without an action: what comes after the decisions takes their notes to the disk."""


def span(session: str, number: int, *, is_click: bool = False, failed: bool = False) -> bytes:
    """A span of the click of a session: the click itself, or a request below it."""
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add()
    group.resource.attributes.append(key_value("telemetry.sdk.language", "webjs"))
    scope = group.scope_spans.add()
    scope.scope.name = "@opentelemetry/instrumentation-user-interaction" if is_click else "fetch"
    one = scope.spans.add(
        name=str(number), trace_id=bytes([SESSIONS.get(session, 3)]) * 16, span_id=bytes([number]) * 8
    )
    one.kind = Span.SPAN_KIND_INTERNAL if is_click else Span.SPAN_KIND_CLIENT
    one.parent_span_id = b"" if is_click else bytes([1]) * 8
    one.start_time_unix_nano, one.end_time_unix_nano = T0_NS + number * MS, T0_NS + (number + 20) * MS
    clicked = {"event_type": "click", "target_xpath": "//b"} if is_click else {}
    for key, value in {"session.id": session, "view.id": "v", **clicked}.items():
        one.attributes.append(key_value(key, value))
    if failed:
        one.events.add(name="exception", time_unix_nano=one.end_time_unix_nano)
    return request.SerializeToString()


def post(port: int, *bodies: bytes) -> None:
    for body in bodies:
        url, headers = f"http://127.0.0.1:{port}/v1/traces", {"Content-Type": "application/x-protobuf"}
        assert urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=PATIENCE_S).status == 200


def wait_until_gone(otelrum: Collector, http_port: int) -> None:
    """Both actions are decided, what is kept has left, and the journal knows it."""
    port = otelrum.metrics_port
    assert port is not None
    while shown_account(port).all("otelrum_sampling_actions") < len(SESSIONS):
        time.sleep(0.05)
    for _ in range(6):
        post(http_port, span(OTHER, 4))
        time.sleep(0.2)


def test_what_comes_after_a_crash_goes_the_way_of_its_action(tmp_path: Path) -> None:
    with backend() as (kept, endpoint):
        config = written(tmp_path, CONFIG.format(endpoint=endpoint, folder=tmp_path))
        with Collector("--config", config) as otelrum:
            port = otelrum.ready()["http"]
            for session in SESSIONS:
                post(port, span(session, 1, is_click=True), span(session, 2, failed=session == "failed"))
            wait_until_gone(otelrum, port)
            assert {one.name for one in kept.spans()} == {"1", "2"}, "of the failed one"
            otelrum.signal(SIGKILL)
            otelrum.exit_status()
        with Collector("--config", config) as otelrum:
            port = otelrum.ready()["http"]
            post(port, *(span(session, 3) for session in SESSIONS))
            otelrum.signal(SIGTERM)
            assert otelrum.exit_status() == 0
    arrived = {(str(attributes(one.attributes)["session.id"]), one.name) for one in kept.spans()}
    assert arrived == {("failed", "1"), ("failed", "2"), ("failed", "3"), (OTHER, "4")}
