"""Attacks on a real process: its memory stays within its limits, and others are served meanwhile."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.account import shown_account
from tests.conftest import span_request
from tests.running import Backend, Collector, backend, written

pytestmark = pytest.mark.anyio

CONFIG = """\
receivers:
  otlp:
    protocols: {{grpc: {{endpoint: "127.0.0.1:0"}}, http: {{endpoint: "127.0.0.1:0"}}}}
    limits: {limits}
    caps: {caps}
processors:
  memory_limiter: {{limit_mib: {limit_mib}}}
  rum_action: {{max_held_mib: 64}}
  batch: {{timeout: 5ms}}
exporters:
  otlp_grpc: {{endpoint: "{endpoint}", tls: {{insecure: true}}}}
service:
  telemetry: {{metrics: {{level: none}}}}
  pipelines:
    traces: {{receivers: [otlp], processors: [memory_limiter, rum_action, batch], exporters: [otlp_grpc]}}
"""
MIB = 1 << 20
T0_NS = 1_767_225_600_000_000_000
LIMIT_MIB = 400
PROTOBUF = {"content-type": "application/x-protobuf"}
HOSTILE, PEACEFUL = "127.0.0.2", "127.0.0.3"
PATIENCE_S = 180.0


class Victim:
    """A running collector with a limit on its memory."""

    def __init__(self, collector: Collector, kept: Backend) -> None:
        self._collector = collector
        self.port = collector.ready()["http"]
        self.kept = kept
        self.served = 0
        """How many requests of somebody else were answered during the attacks so far."""

    def peak_mib(self) -> float:
        """The most memory that the process ever had."""
        lines = Path(f"/proc/{self._collector.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024

    def held(self) -> float:
        """How many spans are held."""
        port = self._collector.metrics_port
        assert port is not None
        return shown_account(port).held

    def from_address(self, address: str) -> httpx.AsyncClient:
        """A client with this address; all of 127.0.0.0/8 is this machine."""
        return httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{self.port}",
            headers=PROTOBUF,
            transport=httpx.AsyncHTTPTransport(local_address=address),
            timeout=PATIENCE_S,
        )

    @asynccontextmanager
    async def serving_others(self) -> AsyncIterator[None]:
        """Somebody else sends all the while; each of its requests is taken within PATIENCE_S, and some are."""
        answers: list[int] = []
        ended = asyncio.Event()

        async def send() -> None:
            async with self.from_address(PEACEFUL) as client:
                while not ended.is_set() or len(answers) < 3:
                    answers.append((await client.post("/v1/traces", content=span_request(1, peaceful="1"))).status_code)
                    self.served += not ended.is_set()

        sending = asyncio.create_task(send())
        try:
            yield
        finally:
            ended.set()
            await sending
        assert set(answers) == {200}


@pytest.fixture
def sink() -> Iterator[tuple[Backend, str]]:
    with backend() as running:
        yield running


@pytest.fixture
def victim(tmp_path: Path, sink: tuple[Backend, str], request: pytest.FixtureRequest) -> Iterator[Victim]:
    kept, endpoint = sink
    settings: dict[str, Any] = {"limits": "{}", "caps": "{}", **getattr(request, "param", {})}
    text = CONFIG.format(endpoint=endpoint, limit_mib=LIMIT_MIB, **settings)
    with Collector("--config", written(tmp_path, text)) as collector:
        yield Victim(collector, kept)


def gibibyte_of_zeros() -> bytes:
    """As gzip packs them, some 1 MiB, made piece by piece."""
    packer = zlib.compressobj(9, wbits=31)
    parts = [packer.compress(bytes(MIB)) for _ in range(1024)]
    return b"".join([*parts, packer.flush()])


async def test_a_gzip_bomb_of_1_gib_is_413_and_costs_no_more_than_the_limit_of_a_request(victim: Victim) -> None:
    bomb = gibibyte_of_zeros()
    before_mib = victim.peak_mib()
    async with victim.serving_others(), victim.from_address(HOSTILE) as attacker:
        answers = [
            await attacker.post("/v1/traces", content=bomb, headers={"content-encoding": "gzip"}) for _ in range(3)
        ]
    assert {answer.status_code for answer in answers} == {413}
    assert victim.peak_mib() < before_mib + 100
    assert victim.peak_mib() < LIMIT_MIB


def field(tag: int, value: bytes) -> bytes:
    """One delimited field of a protobuf message."""
    length, size = bytearray(), len(value)
    while size > 0x7F:
        length.append(size & 0x7F | 0x80)
        size >>= 7
    return bytes([tag]) + bytes([*length, size]) + value


BROWSER = field(0x0A, field(0x0A, field(0x0A, b"telemetry.sdk.language") + field(0x12, field(0x0A, b"webjs"))))
MANY = 30 * MIB


def of_browser(items: bytes) -> bytes:
    """A request of these items, reported by a browser."""
    return field(0x0A, BROWSER + field(0x12, items))


def below(header: bytes) -> bytes:
    """A span below this."""
    return field(0x0A, header + field(0x12, b"\x12\x00"))


def dense(tag: int) -> bytes:
    """As many spans as fit, each with as many empty fields as may be."""
    span = field(0x12, bytes([tag, 0]) * (MIB // 2 - 64))
    return of_browser(span * (2 * MANY // len(span)))


def equal_clicks(count: int) -> bytes:
    return of_browser(field(0x12, click_span("s").SerializeToString()) * count)


# Small when they are packed, allowed by their size when unpacked, and many times as large as objects.
TRAPS: dict[str, Callable[[], bytes]] = {
    "spans without a field": lambda: of_browser(b"\x12\x00" * MANY),
    "scopes without a span": lambda: of_browser(b"\x12\x00") + field(0x0A, BROWSER + b"\x12\x00" * MANY),
    "resources without a scope": lambda: of_browser(b"\x12\x00") + b"\x0a\x00" * MANY,
    "one span of attributes": lambda: of_browser(field(0x12, b"\x4a\x00" * MANY)),
    "many spans of attributes": lambda: dense(0x4A),
    "many spans of events": lambda: dense(0x5A),
    "a resource of attributes": lambda: below(field(0x0A, b"\x0a\x00" * MANY) + BROWSER),
    "a resource of fields that nobody knows": lambda: below(BROWSER + b"\x7a\x00" * MANY),
    "the same click again and again": lambda: equal_clicks(90_000),
    "objects of JSON": lambda: b'{"resourceSpans":[%s]}' % b",".join([b"{}"] * (MANY // 2)),
    "attributes of JSON": lambda: (
        b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"attributes":[%s]}]}]}]}'
        % b",".join([b'{"key":"k","value":{"stringValue":"v"}}'] * (MANY // 20))
    ),
}


@pytest.mark.parametrize("trap", TRAPS)
async def test_a_request_that_is_large_only_as_objects_costs_no_more_than_others(victim: Victim, trap: str) -> None:
    body = gzip.compress(TRAPS[trap](), 1)
    headers = {"content-encoding": "gzip"}
    if "JSON" in trap:
        headers["content-type"] = "application/json"
    async with victim.serving_others(), victim.from_address(HOSTILE) as attacker:
        answer = await attacker.post("/v1/traces", content=body, headers=headers)
    assert answer.status_code in {200, 400, 413}
    assert victim.served or answer.status_code != 200, "nobody else was answered while it was read"
    assert victim.peak_mib() < LIMIT_MIB


@pytest.mark.parametrize("exporter", ["file: {path: %s}", "debug: {verbosity: normal}"])
async def test_what_writes_json_stands_it_too(tmp_path: Path, exporter: str) -> None:
    """Of a server's spans nothing else looks inside, so they come as far as this."""
    name, _, settings = exporter.replace("%s", str(tmp_path / "out.json")).partition(": ")
    text = (
        'receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:0"}}}}\n'
        f"exporters: {{{name}: {settings}}}\n"
        f"service: {{pipelines: {{traces: {{receivers: [otlp], exporters: [{name}]}}}}}}\n"
    )
    body = gzip.compress(TRAPS["one span of attributes"]().replace(b"webjs", b"no js"), 1)
    with Collector("--config", written(tmp_path, text)) as collector:
        victim = Victim(collector, Backend())
        async with victim.serving_others(), victim.from_address(HOSTILE) as attacker:
            answer = await attacker.post("/v1/traces", content=body, headers={"content-encoding": "gzip"})
        assert answer.status_code == 400
        assert victim.peak_mib() < LIMIT_MIB


@pytest.mark.parametrize("victim", [{"limits": "{in_flight_mib: 128}"}], indirect=True)
async def test_many_bombs_at_once_share_one_limit(victim: Victim) -> None:
    """Each would be allowed alone."""
    bomb = gzip.compress(bytes(60 * MIB))
    async with victim.from_address(HOSTILE) as attacker:
        answers = await asyncio.gather(
            *(attacker.post("/v1/traces", content=bomb, headers={"content-encoding": "gzip"}) for _ in range(40))
        )
    assert {answer.status_code for answer in answers} <= {400, 503}
    assert victim.peak_mib() < LIMIT_MIB
    async with victim.serving_others():
        pass


@pytest.mark.parametrize(
    "beginning",
    [
        b"POST /v1/traces HTTP/1.1\r\nx-slow: ",
        b"POST /v1/traces HTTP/1.1\r\ncontent-type: application/x-protobuf\r\ncontent-length: 1000000\r\n\r\n",
    ],
    ids=["headers", "bodies"],
)
async def test_500_slow_connections_hold_up_nobody(victim: Victim, beginning: bytes) -> None:
    before_mib = victim.peak_mib()
    connections = await asyncio.gather(
        *(asyncio.open_connection("127.0.0.1", victim.port, local_addr=(HOSTILE, 0)) for _ in range(500))
    )
    async with victim.serving_others():
        for _, writer in connections:
            writer.write(beginning)
        for _ in range(20):
            for _, writer in connections:
                writer.write(b"x")
            await asyncio.sleep(0)
    assert victim.peak_mib() < before_mib + 100
    assert victim.peak_mib() < LIMIT_MIB
    for _, writer in connections:
        writer.close()


async def test_the_sidecar_s_configuration_stands_all_of_it_at_once(
    tmp_path: Path, sink: tuple[Backend, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bodies of 60 MiB that do not end, others of 60 MiB of spans, and what is large only as objects."""
    kept, endpoint = sink
    monkeypatch.setenv("OTELRUM_BACKEND", endpoint)
    names = ("receivers.otlp.protocols.grpc", "receivers.otlp.protocols.http", "extensions.health_check")
    settings = [word for name in names for word in ("--set", f"{name}.endpoint=127.0.0.1:0")]
    spans = of_browser(field(0x12, bytes(1000)) * 100 + field(0x12, field(0x2A, b"n" * 1000)) * 50_000)
    bodies = [*(TRAPS[trap]() for trap in ("many spans of events", "the same click again and again")), spans, spans]
    with Collector("--config", "config/sidecar.yaml", *settings) as collector:
        victim = Victim(collector, kept)
        async with victim.from_address(HOSTILE) as attacker:
            posts = [attacker.post("/v1/traces", content=body) for body in bodies * 3]
            packed = [gzip.compress(body, 1) for body in bodies]
            headers = {"content-encoding": "gzip"}
            posts += [attacker.post("/v1/traces", content=body, headers=headers) for body in packed * 3]
            answers = await asyncio.gather(*posts)
        assert {answer.status_code for answer in answers} <= {200, 400, 413, 503}
        assert victim.peak_mib() < 400, "limit_mib of config/sidecar.yaml"
        async with victim.serving_others():
            pass


def click(session: str) -> bytes:
    """A request of one click of a browser."""
    return of_browser(field(0x12, click_span(session).SerializeToString()))


def click_span(session: str) -> Span:
    id = int.from_bytes(session.encode()[-8:])
    span = Span(trace_id=id.to_bytes(16), span_id=id.to_bytes(8), name="click", start_time_unix_nano=T0_NS)
    span.end_time_unix_nano = T0_NS
    for key, value in {"session.id": session, "event_type": "click", "target_xpath": "//button"}.items():
        span.attributes.add(key=key).value.string_value = value
    return span


async def sessions_of_one_client(victim: Victim) -> list[httpx.Response]:
    """10,000 sessions, a click each, in requests of 100."""
    ids = [f"session-{n}" for n in range(10_000)]
    bodies = [b"".join(map(click, ids[n : n + 100])) for n in range(0, len(ids), 100)]
    async with victim.from_address(HOSTILE) as attacker:
        return [await attacker.post("/v1/traces", content=body) for body in bodies]


@pytest.mark.parametrize("victim", [{"caps": "{sessions_per_client: 50}"}], indirect=True)
async def test_of_10_000_sessions_of_one_client_only_so_many_are_taken_as_the_cap_says(victim: Victim) -> None:
    before_mib = victim.peak_mib()
    async with victim.serving_others():
        answers = await sessions_of_one_client(victim)
    partial = [ExportTraceServiceResponse.FromString(answer.content).partial_success for answer in answers]
    assert sum(each.rejected_spans for each in partial) == 10_000 - 50
    assert victim.peak_mib() < before_mib + 50


async def test_10_000_sessions_of_one_client_stay_within_the_limit_without_a_cap_too(victim: Victim) -> None:
    async with victim.serving_others():
        answers = await sessions_of_one_client(victim)
    assert {answer.status_code for answer in answers} <= {200, 503}
    assert victim.held() > 5000, "each may have an action"
    assert victim.peak_mib() < LIMIT_MIB


@pytest.mark.parametrize("victim", [{"limits": "{per_client: {requests_per_second: 0.1, burst: 20}}"}], indirect=True)
async def test_a_client_over_its_rate_hears_when_to_come_again_and_others_notice_nothing(victim: Victim) -> None:
    before_mib = victim.peak_mib()
    async with victim.from_address(HOSTILE) as attacker, victim.from_address(PEACEFUL) as other:
        answers = [await attacker.post("/v1/traces", content=span_request()) for _ in range(500)]
        assert (await other.post("/v1/traces", content=span_request())).status_code == 200
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) > 400
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in refused)
    assert victim.peak_mib() < before_mib + 50
