"""A real OpenTelemetry Collector (tests/collector_peer), where it was built."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.peers.peers import PATIENCE_S, free_port, is_listening, wait_until

PROGRAM = Path(__file__).parents[1] / "collector_peer" / "otelcol-peer"

NO_ACTION = "{key: none, action: delete}"

CONFIG = """\
receivers:
  otlp:
    protocols:
      grpc: {{endpoint: "127.0.0.1:{grpc}"}}
      http: {{endpoint: "127.0.0.1:{http}", include_metadata: true}}
processors:
  attributes: {{actions: [{actions}]}}
exporters:
  {exporter}
service:
  telemetry: {{metrics: {{level: none}}, logs: {{level: warn}}}}
  pipelines:
    traces: {{receivers: [otlp], processors: [{processors}], exporters: [{name}]}}
    logs: {{receivers: [otlp], exporters: [{name}]}}
    metrics: {{receivers: [otlp], exporters: [{name}]}}
"""


@contextmanager
def collector(folder: Path, exporter: str, *, actions: str = "", **ports: int) -> Iterator[dict[str, int]]:
    """A running collector with this exporter, a line of YAML; its ports. It sends what it has at its end.

    `actions`, in YAML too, are done to the attributes of spans.
    """
    ports = {"grpc": free_port(), "http": free_port()} | ports
    processors = "attributes" if actions else ""
    more = {"name": exporter.partition(":")[0], "actions": actions or NO_ACTION, "processors": processors}
    config = folder / "collector.yaml"
    config.write_text(CONFIG.format(exporter=exporter, **more, **ports))
    with (folder / "collector.log").open("w") as log:
        process = subprocess.Popen([PROGRAM, "--config", config], stdout=log, stderr=log)
        try:
            wait_until(lambda: all(map(is_listening, ports.values())))
            yield ports
        finally:
            process.terminate()
            process.wait(PATIENCE_S)
