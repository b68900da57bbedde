"""Gateways behind a real collector that chooses by session, as deploy/kubernetes/gateway has it."""

from __future__ import annotations

import subprocess
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from signal import SIGKILL
from typing import Any

import httpx
import pytest
import yaml

from otelrum.otlp.batch import Signal
from tests.account import shown_account
from tests.peers.collector import PROGRAM
from tests.peers.conftest import MISSING
from tests.peers.peers import free_port, is_listening, wait_until
from tests.processors.rum_action.captures import GOLDEN, Data, key_of, load, play, requests_of
from tests.processors.rum_action.in_process import Received, items_of
from tests.running import Backend, Collector, backend

pytestmark = [pytest.mark.anyio, pytest.mark.skipif(not PROGRAM.exists(), reason=MISSING)]

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = yaml.safe_load((ROOT / "deploy" / "kubernetes" / "gateway" / "collector-config.yaml").read_text())

CAPTURES = next(filter(Path.is_dir, (ROOT.parent / "shared" / "captures", GOLDEN)))
"""All recorded sessions where they are, else those of the repository."""

ADDED_BY_COLLECTOR = ("user_agent.", "os.", "client.address")
"""Of who sent the request: nobody in particular in one process of these tests."""

PATIENCE_S = 90.0
"""Some of 16 s of hold, and a journal that is read again."""

Address = tuple[str, int]


def gateway(folder: Path, address: Address, endpoint: str) -> Collector:
    """One with its journal in this folder, and the shipped configuration."""
    host, port = address
    own = {
        "receivers.otlp.protocols.grpc.endpoint": f"{host}:{port}",
        "receivers.otlp.protocols.http.endpoint": "127.0.0.1:0",
        "extensions.file_storage.directory": str(folder / f"gateway-{host.strip('[]')}-{port}"),
        "extensions.health_check.endpoint": "127.0.0.1:0",
        "exporters.otlp_grpc.endpoint": endpoint,
        "processors.action_sampling.helpers": "keep",
    }
    settings = [word for key, value in own.items() for word in ("--set", f'{key}="{value}"')]
    return Collector("--config", str(ROOT / "config" / "gateway.yaml"), *settings)


@contextmanager
def in_front(folder: Path, resolver: dict[str, Any]) -> Iterator[int]:
    """The shipped collector, but for where it listens and whom it finds; its port."""
    port, config = free_port(), folder / "collector.yaml"
    own = yaml.safe_load(yaml.safe_dump(SHIPPED))
    own["receivers"]["otlp"]["protocols"]["http"]["endpoint"] = f"127.0.0.1:{port}"
    own["exporters"]["load_balancing"]["resolver"] = resolver
    own["service"]["telemetry"] = {"metrics": {"level": "none"}, "logs": {"level": "warn"}}
    config.write_text(yaml.safe_dump(own))
    with (folder / "collector.log").open("w") as log:
        process = subprocess.Popen([PROGRAM, "--config", config], stdout=log, stderr=log)
        try:
            wait_until(lambda: is_listening(port))
            yield port
        finally:
            process.kill()
            process.wait()


def send(port: int, captures: Iterable[Data]) -> None:
    with httpx.Client(trust_env=False, headers={"content-type": "application/x-protobuf"}) as client:
        for capture in captures:
            for _, kind, body in requests_of(capture):
                url = f"http://127.0.0.1:{port}/v1/{kind}"
                assert client.post(url, content=body).status_code == 200


Copies = dict[str, list[dict[str, object]]]
"""What every copy of an item says, by what names the item."""


def copies_of(items: Iterable[Received]) -> Copies:
    """Without what the collector adds of the request."""
    out: Copies = defaultdict(list)
    for one in items:
        own = {key: value for key, value in one.attributes.items() if not key.startswith(ADDED_BY_COLLECTOR)}
        out[key_of(one)].append(own)
    return out


def arrived(kept: Backend) -> Copies:
    bodies = [(Signal(name), body) for name in ("traces", "logs") for body in list(kept.requests[name])]
    return copies_of(one for signal, body in bodies for one in items_of(signal, body))


async def one_process(captures: list[Data]) -> Copies:
    return copies_of([one for capture in captures for one in (await play(capture)).got.values()])


def has_come(alone: Copies, kept: Backend) -> bool:
    fleet = arrived(kept)
    return all(len(fleet.get(key, ())) >= len(copies) for key, copies in alone.items())


def same(alone: Copies, fleet: Copies) -> None:
    """Nothing is missing, and every copy says what one process says."""
    for key, copies in alone.items():
        assert all(copy in fleet[key] for copy in copies), key
        assert all(copy in copies for copy in fleet[key]), key


def accepted(running: Collector) -> float:
    port = running.metrics_port
    assert port
    return shown_account(port).accepted


@pytest.fixture
def captures() -> list[Data]:
    return [load(path) for path in sorted(CAPTURES.glob("*.json"))]


async def test_three_gateways_give_the_actions_of_one_process_also_when_one_is_killed_and_comes_back(
    tmp_path: Path, captures: list[Data]
) -> None:
    alone = await one_process(captures)
    addresses = [("127.0.0.1", free_port()) for _ in range(3)]
    with backend() as (kept, endpoint), ExitStack() as stack:
        gateways = [stack.enter_context(gateway(tmp_path, address, endpoint)) for address in addresses]
        for one in gateways:
            one.ready()
        names = [f"{host}:{port}" for host, port in addresses]
        port = stack.enter_context(in_front(tmp_path, {"static": {"hostnames": names}}))
        half = len(captures) // 2
        send(port, captures[:half])
        gateways[1].send_signal(SIGKILL)
        assert gateways[1].exit_status() == -SIGKILL
        send(port, captures[half:])
        stack.enter_context(gateway(tmp_path, addresses[1], endpoint)).ready()
        wait_until(lambda: has_come(alone, kept), PATIENCE_S)
        fleet = arrived(kept)
        assert all(accepted(one) for one in (gateways[0], gateways[2])), "all of it went one way"
    same(alone, fleet)
    assert sum("action.name" in copies[0] for copies in alone.values()) >= len(captures) // 2


async def test_gateways_are_found_by_one_name(tmp_path: Path, captures: list[Data]) -> None:
    """As by a headless service: `localhost` has two addresses here."""
    alone = await one_process(captures)
    port = free_port()
    with backend() as (kept, endpoint), ExitStack() as stack:
        for host in ("127.0.0.1", "[::1]"):
            stack.enter_context(gateway(tmp_path, (host, port), endpoint)).ready()
        resolver = {"dns": {"hostname": "localhost", "port": str(port)}}
        send(stack.enter_context(in_front(tmp_path, resolver)), captures)
        wait_until(lambda: has_come(alone, kept), PATIENCE_S)
        fleet = arrived(kept)
    same(alone, fleet)
