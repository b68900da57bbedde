"""A fleet on this machine: one edge, some workers, each a process; the broker is given."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.bench.measure import cpu_s
from tests.torture.victim import FAST, FOR_EVER, Victim, free_port

TOPIC = "otelrum"

EDGE = """\
receivers:
  otlp:
    protocols: {{grpc: {{endpoint: "127.0.0.1:{port}"}}}}
exporters:
  kafka:
    brokers: ["{broker}"]
    partition_by: session
    traces: {{topic: {topic}}}
    logs: {{topic: {logs}}}
    producer: {{linger: 2ms}}
    timeout: 4s  # before the client gives up, and sends again
    sending_queue: {{enabled: false}}
    retry_on_failure: {{enabled: false}}
service:
  telemetry: {{metrics: {{level: none}}, logs: {{level: error}}}}
  pipelines:
    traces: {{receivers: [otlp], exporters: [kafka]}}
    logs: {{receivers: [otlp], exporters: [kafka]}}
"""

WORKER = """\
receivers:
  kafka:
    brokers: ["{broker}"]
    group_id: {topic}_workers
    group_instance_id: "{instance}"
    initial_offset: earliest
    session_timeout: 6s
    heartbeat_interval: 500ms
    group_rebalance_strategies: [{strategy}]
    traces: {{topics: [{topic}]}}
    logs: {{topics: [{logs}]}}
    autocommit: {{interval: 500ms}}
    state: {{topic: {topic}_state}}
processors:
  rum_action: {{{rum_action}}}
exporters:
  otlp_grpc:
    endpoint: "127.0.0.1:{backend}"
    tls: {{insecure: true}}
    sending_queue: {{enabled: false}}
    retry_on_failure: {{{retry}}}
service:
  telemetry: {{metrics: {{level: none}}, logs: {{level: warn}}}}
  pipelines:
    traces: {{receivers: [kafka], processors: [rum_action], exporters: [otlp_grpc]}}
    logs: {{receivers: [kafka], processors: [rum_action], exporters: [otlp_grpc]}}
"""


class Edge(Victim):
    """Takes OTLP/gRPC, and answers when the broker has it."""

    def __init__(self, folder: Path, broker: str, topic: str = TOPIC, logs: str = "") -> None:
        """`logs` is the topic of log records, where they have one of their own."""
        port = free_port()
        super().__init__(folder, port, EDGE.format(port=port, broker=broker, topic=topic, logs=logs or topic))


class Worker:
    """A member of the group; it may be killed, stopped, and started again."""

    def __init__(
        self, folder: Path, broker: str, backend: int, instance: str = "", topic: str = TOPIC, **more: str
    ) -> None:
        """`more` are `logs`, a topic of its own for log records, `strategy`, and `rum_action`, its settings."""
        self._config = folder / f"worker-{instance or os.urandom(4).hex()}.yaml"
        more = {"logs": topic, "strategy": "range", "rum_action": FAST, "retry": FOR_EVER} | more
        self._config.write_text(WORKER.format(broker=broker, backend=backend, instance=instance, topic=topic, **more))
        self._log = self._config.with_suffix(".log")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        return self._process is not None

    def start(self) -> None:
        """Start it; it joins the group when it can."""
        with self._log.open("ab") as log:
            command = [sys.executable, "-m", "otelrum", "--config", str(self._config)]
            self._process = subprocess.Popen(command, stdout=log, stderr=log)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def end(self, number: signal.Signals) -> None:
        """End it by this signal, and wait until it is gone."""
        process, self._process = self._process, None
        if process is not None:
            assert process.poll() is None, self._log.read_text()[-3000:]
            process.send_signal(number)
            process.wait(40)

    def cpu_s(self) -> float:
        """User and system time of all its threads in this life."""
        assert self._process
        return cpu_s(self._process.pid)

    @property
    def log(self) -> str:
        """What it said."""
        return self._log.read_text()
