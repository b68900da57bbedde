"""The official JavaScript SDK under Node: JSON and protobuf. `make test` installs it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from signal import SIGTERM

import pytest

from otelrum.otlp.values import attributes
from tests.peers.peers import PATIENCE_S, configuration
from tests.running import Backend, Collector, backend, written

JS = Path(__file__).parent / "js"
SPANS = 20


@pytest.fixture
def sink() -> Iterator[tuple[Backend, str]]:
    with backend() as running:
        yield running


@pytest.mark.parametrize("compression", ["none", "gzip"])
@pytest.mark.parametrize("encoding", ["http", "proto"])
def test_every_span_arrives_once_and_whole(
    tmp_path: Path, sink: tuple[Backend, str], encoding: str, compression: str
) -> None:
    kept, endpoint = sink
    with Collector("--config", written(tmp_path, configuration(endpoint))) as collector:
        url = f"http://127.0.0.1:{collector.ready()['http']}/v1/traces"
        command = ["node", "send.js", encoding, compression, url, str(SPANS)]
        node = subprocess.run(command, cwd=JS, capture_output=True, text=True, check=False, timeout=PATIENCE_S)
        assert (node.returncode, node.stderr) == (0, "")
        collector.signal(SIGTERM)
        assert collector.exit_status() == 0
    spans = kept.spans()
    assert [span.span_id.hex() for span in spans] == node.stdout.split()
    assert all(len(span.trace_id) == 16 and len(span.events) == 1 for span in spans)
    own = attributes(spans[7].attributes)
    assert (own["n"], own["text"], own["part"], own["yes"]) == (7, "ü€", 0.5, True)
    assert 0 < spans[0].start_time_unix_nano <= spans[0].end_time_unix_nano
