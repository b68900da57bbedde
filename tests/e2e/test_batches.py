"""A batch of an hour: nobody waits for it, and what it has acknowledged is as safe as the pipeline promises."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from signal import SIGKILL, SIGTERM

import httpx
import pytest

from tests.conftest import span_request
from tests.running import Backend, Collector, backend, written

REQUESTS = 30

CONFIG = """\
receivers: {{otlp: {{protocols: {{http: {{endpoint: "127.0.0.1:0"}}}}}}}}
processors: {{batch: {{timeout: 1h}}}}
exporters:
  otlp_grpc:
    endpoint: "{endpoint}"
    tls: {{insecure: true}}
    sending_queue: {queue}
    retry_on_failure: {{max_elapsed_time: 0s}}
extensions: {{file_storage: {{directory: {folder}/data, create_directory: true}}}}
service:
  extensions: [file_storage]
  pipelines: {{traces: {{receivers: [otlp], processors: [batch], exporters: [otlp_grpc]}}}}
"""


@pytest.fixture
def sink() -> Iterator[tuple[Backend, str]]:
    with backend() as running:
        yield running


def config(folder: Path, endpoint: str, queue: str) -> str:
    return written(folder, CONFIG.format(endpoint=endpoint, folder=folder, queue=queue))


def send(port: int) -> None:
    """So many requests, one after the other: each is answered before the next one."""
    with httpx.Client(trust_env=False, headers={"content-type": "application/x-protobuf"}) as client:
        for n in range(REQUESTS):
            answer = client.post(f"http://127.0.0.1:{port}/v1/traces", content=span_request(1, number=str(n)))
            assert answer.status_code == 200


def numbers(kept: Backend) -> list[int]:
    return sorted(int(span.attributes[0].value.string_value) for span in kept.spans())


def test_at_a_stop_it_goes_on_at_once_as_one_request(tmp_path: Path, sink: tuple[Backend, str]) -> None:
    kept, endpoint = sink
    with Collector("--config", config(tmp_path, endpoint, "{}")) as collector:
        send(collector.ready()["http"])
        assert kept.requests["traces"] == []
        collector.signal(SIGTERM)
        assert collector.exit_status() == 0
    assert numbers(kept) == list(range(REQUESTS))
    assert len(kept.requests["traces"]) == 1


def test_with_a_queue_on_disk_it_survives_a_kill(tmp_path: Path, sink: tuple[Backend, str]) -> None:
    kept, endpoint = sink
    text = config(tmp_path, endpoint, "{storage: file_storage}")
    with Collector("--config", text) as collector:
        send(collector.ready()["http"])
        collector.signal(SIGKILL)
        collector.exit_status()
    assert kept.requests["traces"] == []
    with Collector("--config", text, showing_metrics=()) as collector:
        collector.ready()
        collector.signal(SIGTERM)
        assert collector.exit_status() == 0
    assert numbers(kept) == list(range(REQUESTS))


def test_without_room_the_client_is_refused_and_nothing_that_was_acknowledged_is_lost(
    tmp_path: Path, sink: tuple[Backend, str]
) -> None:
    kept, endpoint = sink
    with Collector("--config", config(tmp_path, endpoint, "{sizer: items, queue_size: 10}")) as collector:
        url = f"http://127.0.0.1:{collector.ready()['http']}/v1/traces"
        headers = {"content-type": "application/x-protobuf"}
        statuses = [
            httpx.post(url, content=span_request(1, number=str(n)), headers=headers, trust_env=False).status_code
            for n in range(15)
        ]
        assert statuses == [200] * 10 + [503] * 5
        collector.signal(SIGTERM)
        assert collector.exit_status() == 0
    assert numbers(kept) == list(range(10))
