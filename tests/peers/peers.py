"""What the tests of this room share: a collector between a peer and a backend."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import Any

PATIENCE_S = 30.0

CONFIG = """\
receivers:
  otlp:
    protocols:
      grpc: {{endpoint: "127.0.0.1:0", {guard}}}
      http: {{endpoint: "127.0.0.1:0", {guard}}}
processors:
  batch: {{timeout: 5ms}}
exporters:
  otlp_grpc: {{endpoint: "{endpoint}", tls: {{insecure: true}}}}
extensions:
  bearertokenauth: {{token: secret}}
service:
  extensions: [bearertokenauth]
  telemetry: {{metrics: {{level: none}}}}
  pipelines:
    traces: {{receivers: [otlp], processors: [batch], exporters: [otlp_grpc]}}
"""


def configuration(endpoint: str, **guard: Any) -> str:
    """A collector that sends to `endpoint`; `guard` are settings of both its listeners."""
    return CONFIG.format(endpoint=endpoint, guard=", ".join(f"{key}: {value}" for key, value in guard.items()))


def free_port() -> int:
    """For programs that cannot choose one themselves."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(reached: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
    """For processes that say nothing of themselves."""
    end = time.monotonic() + patience_s
    while not reached():
        assert time.monotonic() < end, "it never came about"
        time.sleep(0.01)


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
