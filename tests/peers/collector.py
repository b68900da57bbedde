"""A real OpenTelemetry Collector (tests/collector_peer), where it was built."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.peers.peers import PATIENCE_S, free_port, is_listening, wait_until

PROGRAM = Path(__file__).parents[1] / "collector_peer" / "otelcol-peer"

CONFIG = """\
receivers:
  otlp: {{protocols: {{grpc: {{endpoint: "127.0.0.1:{grpc}"}}, http: {{endpoint: "127.0.0.1:{http}"}}}}}}
exporters:
  {exporter}
service:
  telemetry: {{metrics: {{level: none}}, logs: {{level: warn}}}}
  pipelines:
    traces: {{receivers: [otlp], exporters: [{name}]}}
    logs: {{receivers: [otlp], exporters: [{name}]}}
    metrics: {{receivers: [otlp], exporters: [{name}]}}
"""


@contextmanager
def collector(folder: Path, exporter: str, **ports: int) -> Iterator[dict[str, int]]:
    """A running collector with this exporter, a line of YAML; its ports. It sends what it has at its end."""
    ports = {"grpc": free_port(), "http": free_port()} | ports
    config = folder / "collector.yaml"
    config.write_text(CONFIG.format(exporter=exporter, name=exporter.partition(":")[0], **ports))
    with (folder / "collector.log").open("w") as log:
        process = subprocess.Popen([PROGRAM, "--config", config], stdout=log, stderr=log)
        try:
            wait_until(lambda: all(map(is_listening, ports.values())))
            yield ports
        finally:
            process.terminate()
            process.wait(PATIENCE_S)
