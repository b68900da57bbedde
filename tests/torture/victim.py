"""The otelrum under torture: a process that can be killed and started again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from otelrum.otlp.batch import Signal

EXPORTS = {
    Signal.TRACES: "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
    Signal.LOGS: "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
}
EXPORT = EXPORTS[Signal.TRACES]

FAST = "decision_wait: 2s, max_duration: 1s"
"""Of `rum_action`: many decisions in a short life."""

FOR_EVER = "initial_interval: 200ms, max_interval: 1s, max_elapsed_time: 0s"

CONFIG = """\
receivers:
  otlp:
    protocols: {{grpc: {{endpoint: "127.0.0.1:{port}"}}}}
processors:
  memory_limiter: {{check_interval: 1s, limit_mib: {limit_mib}}}
  rum_action: {{{rum_action}}}
  batch: {{timeout: 50ms}}
exporters:
  otlp_grpc:
    endpoint: "127.0.0.1:{backend}"
    tls: {{insecure: true}}
    sending_queue: {{{sending_queue}}}
    retry_on_failure: {{{retry}}}
extensions:
  file_storage: {{directory: "{data}", create_directory: true, max_mib: 1024}}
service:
  extensions: [file_storage]
  telemetry: {{metrics: {{level: none}}, logs: {{level: error}}}}
  pipelines:
    traces: {{receivers: [otlp], processors: [memory_limiter, rum_action, batch], exporters: [otlp_grpc]}}
"""


def configured(
    port: int,
    backend: int,
    data: Path,
    rum_action: str = f"storage: file_storage, {FAST}",
    sending_queue: str = "storage: file_storage",
    limit_mib: int = 2000,
) -> str:
    """A configuration, with a journal by default."""
    return CONFIG.format(
        port=port, backend=backend, data=data, rum_action=rum_action, sending_queue=sending_queue,
        limit_mib=limit_mib, retry=FOR_EVER,
    )  # fmt: skip


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Victim:
    """A process with a configuration file in `folder`."""

    def __init__(self, folder: Path, port: int, config: str, *program: str) -> None:
        """`program` is what Python runs, where it is not otelrum itself."""
        self.port = port
        self._program = program or ("-m", "otelrum")
        self._config = folder / "otelrum.yaml"
        self._config.write_text(config)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it listens. Raises AssertionError where it ends instead."""
        command = [sys.executable, *self._program, "--config", str(self._config)]
        self._process = subprocess.Popen(command)
        while self._process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise AssertionError(f"it did not start: {self._process.returncode}")

    def end(self, number: signal.Signals) -> float:
        """End it by this signal, and wait until it is gone; the CPU seconds that all its life took."""
        assert self._process
        self._process.send_signal(number)
        _, status, used = os.wait4(self._process.pid, 0)
        self._process.returncode = os.waitstatus_to_exitcode(status)
        return used.ru_utime + used.ru_stime

    def peak_mib(self) -> float:
        """The most memory that it has had in this life."""
        return self._status("VmHWM")

    def memory_mib(self) -> float:
        """The memory that it has now."""
        return self._status("VmRSS")

    def cpu_s(self) -> float:
        """User and system time of all its threads in this life."""
        assert self._process
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _status(self, name: str) -> float:
        assert self._process
        lines = Path(f"/proc/{self._process.pid}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith(name)).split()[1]) / 1024
