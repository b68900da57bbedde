"""Who is compared: command lines and configurations of each contender."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

OTELRUM = """\
receivers:
  otlp:
    protocols: {{grpc: {{endpoint: "127.0.0.1:{grpc}"}}, http: {{endpoint: "127.0.0.1:{http}"}}}}
processors:
  rum_action: {rum_action}
  batch: {{timeout: 200ms}}
exporters:
  otlp_grpc: {{endpoint: "127.0.0.1:{out}", tls: {{insecure: true}}, compression: none, sending_queue: {queue}}}
extensions: {{file_storage: {{directory: {folder}/data, create_directory: true}}}}
service:
  extensions: {extensions}
  telemetry: {{metrics: {{level: none}}, logs: {{level: error}}}}
  pipelines:
    traces: {{receivers: [otlp], processors: {processors}, exporters: [otlp_grpc]}}
    logs: {{receivers: [otlp], processors: {processors}, exporters: [otlp_grpc]}}
"""


class Ports(NamedTuple):
    """Where a contender listens, and where it sends to."""

    grpc: int
    http: int
    out: int


HELD = "{{{}max_held_mib: 2048}}"
"""Half of what full work takes at most is some 50,000 spans a second, for 16 s: more than the default holds."""


@dataclass(frozen=True)
class Contender:
    """One way to take spans and send them on."""

    name: str
    is_browser: bool = True
    """Whether it is sent what browsers send; else the same, of another language."""
    window: int = 1
    """Requests that a client has on their way."""

    def command(self, ports: Ports, folder: Path) -> list[str]:
        """What starts it. Raises FileNotFoundError where it is not installed."""
        if self.name == "floor":
            return [sys.executable, "-m", "tests.bench.floor", *map(str, ports[:2]), f"127.0.0.1:{ports.out}"]
        if self.name.startswith("rotel"):
            return rotel(ports) + (PROCESSOR if self.name == "rotel + Python" else [])
        config = folder / "otelrum.yaml"
        is_kept = self.name == "journal"
        config.write_text(
            OTELRUM.format(
                grpc=ports.grpc,
                http=ports.http,
                out=ports.out,
                folder=folder,
                rum_action=HELD.format("storage: file_storage, " if is_kept else ""),
                queue="{storage: file_storage}" if is_kept else "{}",
                extensions="[file_storage]" if is_kept else "[]",
                processors="[batch]" if self.name == "plain" else "[rum_action, batch]",
            )
        )
        return [sys.executable, "-m", "otelrum", "--config", str(config)]


FULL = Contender("full")
FLOOR = Contender("floor")
ROTEL = Contender("rotel")
CONTENDERS = (
    FLOOR,
    Contender("plain"),
    Contender("no browser data", is_browser=False),
    FULL,
    Contender("journal"),
    ROTEL,
    Contender("rotel + Python"),
)

PROCESSOR = ["--otlp-with-trace-processor", str(Path(__file__).parent / "rotel_processor.py")]


def rotel(ports: Ports) -> list[str]:
    """The Rust collector from PyPI, passing through."""
    spec = find_spec("rotel")
    program = Path(spec.origin).parent / "rotel-agent" if spec and spec.origin else shutil.which("rotel-agent")
    if program is None:
        raise FileNotFoundError("rotel is not installed: make .venv/installed-dev")
    out = f"http://127.0.0.1:{ports.out}"
    receive = ["--otlp-grpc-endpoint", f"127.0.0.1:{ports.grpc}", "--otlp-http-endpoint", f"127.0.0.1:{ports.http}"]
    return [str(program), "start", *receive, "--otlp-exporter-endpoint", out, "--otlp-exporter-protocol", "grpc",
            "--otlp-exporter-compression", "none"]  # fmt: skip
