"""A real Apache Kafka, one node in KRaft mode, on a free port of 127.0.0.1."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from tests.kafka.keys import Keys

USER, PASSWORD = "shop", "a secret"

LIBRARIES = Path(__file__).parent / "lib"
PATIENCE_S = 90.0

SETTINGS = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},SSL://127.0.0.1:{ssl},SASL_SSL://127.0.0.1:{sasl},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},SSL://127.0.0.1:{ssl},SASL_SSL://127.0.0.1:{sasl}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT
ssl.keystore.type=PEM
ssl.keystore.location={keystore}
ssl.truststore.type=PEM
ssl.truststore.location={authority}
listener.name.ssl.ssl.client.auth=required
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512
listener.name.sasl_ssl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required \\
  user_{user}="{password}";
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
log.dirs={folder}/data
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
log.message.timestamp.type=LogAppendTime
auto.create.topics.enable=false
"""


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Broker:
    """Starts in some ten seconds; `stop` and `start` again keep its data."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.keys = Keys(folder)
        ports = {name: free_port() for name in ("port", "ssl", "sasl", "controller")}
        self.address, self.tls_address, self.sasl_address = (
            f"127.0.0.1:{ports[name]}" for name in ("port", "ssl", "sasl")
        )
        """Plain; with TLS that asks for a certificate; with TLS and a password."""
        files = {"keystore": self.keys.keystore(), "authority": self.keys.authority.certificate, "folder": folder}
        self._settings = folder / "server.properties"
        self._settings.write_text(SETTINGS.format(user=USER, password=PASSWORD, **ports, **files))
        scram = f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]"
        self._java(
            "kafka.tools.StorageTool", "format", "-t", "b3RlbHJ1bS10ZXN0cy0wMQ", "-c", str(self._settings),
            "--add-scram", scram,
        ).wait()  # fmt: skip
        self.start()

    def start(self) -> None:
        """Returns when it answers."""
        self._process = self._java("kafka.Kafka", str(self._settings))
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                AdminClient({"bootstrap.servers": self.address, "log_level": 0}).list_topics(timeout=2)
            except Exception:
                if time.monotonic() > until or self._process.poll() is not None:
                    raise RuntimeError((self._folder / "broker.log").read_text()[-3000:]) from None
            else:
                return

    def stop(self) -> None:
        """As a machine that loses power."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def create_topic(self, name: str, partitions: int, settings: Mapping[str, str] | None = None) -> None:
        """A topic of its own for a test."""
        admin = AdminClient({"bootstrap.servers": self.address})
        topic = NewTopic(name, num_partitions=partitions, replication_factor=1, config=dict(settings or {}))
        for future in admin.create_topics([topic]).values():
            future.result(PATIENCE_S)

    def _java(self, *arguments: str) -> subprocess.Popen[bytes]:
        java = shutil.which("java")
        if java is None:
            raise RuntimeError("tests/kafka needs Java 17: apt-get install openjdk-17-jre-headless")
        with (self._folder / "broker.log").open("ab") as log:
            return subprocess.Popen(
                [java, "-Xmx256m", "-cp", f"{LIBRARIES}/*", *arguments], stdout=log, stderr=log, cwd=self._folder
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
