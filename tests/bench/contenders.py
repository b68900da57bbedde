"""Who is compared: the command line of each contender.

Configurations are files in `configs/`, later ones over earlier ones, as both otelrum and the OpenTelemetry Collector
merge them; the environment says the ports.
"""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

CONFIGS = Path(__file__).parent / "configs"
COLLECTOR = Path(__file__).parents[1] / "collector_peer" / "otelcol-peer"


class Ports(NamedTuple):
    """Where a contender listens, and where it sends to."""

    grpc: int
    http: int
    out: int

    def environment(self, folder: Path) -> dict[str, str]:
        """What the configurations ask for."""
        return {"GRPC": str(self.grpc), "HTTP": str(self.http), "OUT": str(self.out), "FOLDER": str(folder)}


@dataclass(frozen=True)
class Contender:
    """One way to take spans and send them on."""

    name: str
    program: str = "otelrum"
    """Or `collector`, `rotel`, `floor`."""
    configs: tuple[str, ...] = ()
    """Over `base`."""
    is_browser: bool = True
    """Whether it is sent what browsers send; else the same, of another language."""
    window: int = 1
    """Requests that a client has on their way: more where an answer waits for `batch` by design."""

    def command(self, ports: Ports) -> list[str]:
        """What starts it. Raises FileNotFoundError where it is not installed."""
        if self.program == "floor":
            return [sys.executable, "-m", "tests.bench.floor", *map(str, ports[:2]), f"127.0.0.1:{ports.out}"]
        if self.program == "rotel":
            return rotel(ports) + (PROCESSOR if self.name == "rotel + Python" else [])
        own = [sys.executable, "-m", "otelrum"] if self.program == "otelrum" else [collector()]
        return own + [f"--config={CONFIGS / name}.yaml" for name in ("base", *self.configs)]


CONTENDERS = (
    Contender("floor", "floor"),
    Contender("plain", window=8),
    Contender("no browser data", configs=("full",), is_browser=False, window=8),
    Contender("full", configs=("full",)),
    Contender("around actions", configs=("full", "around")),
    Contender("derived", configs=("full", "derived")),
    Contender("live view", configs=("full", "live_view")),
    Contender("journal", configs=("full", "journal")),
    Contender("collector", "collector"),
    Contender("groupbytrace", "collector", ("grouping",)),
    Contender("tail_sampling", "collector", ("tail_sampling",)),
    Contender("rotel", "rotel"),
    Contender("rotel + Python", "rotel"),
)

PROCESSOR = ["--otlp-with-trace-processor", str(Path(__file__).parent / "rotel_processor.py")]


def collector() -> str:
    """The OpenTelemetry Collector that `make collector` builds."""
    if not COLLECTOR.exists():
        raise FileNotFoundError("the OpenTelemetry Collector is not built: make collector (needs Go)")
    return str(COLLECTOR)


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
