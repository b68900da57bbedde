"""What a probe hears in each part of a collector's life."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme

from otelrum.collector.component import ReadinessWatcher
from otelrum.extensions.health_check.config import HealthCheckConfig
from otelrum.extensions.health_check.extension import HealthCheck
from otelrum.testing import Extensions, ManualClock, build

pytestmark = pytest.mark.anyio


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


def health_check(clock: ManualClock, **config: Any) -> HealthCheck:
    settings = HealthCheckConfig.model_validate({"endpoint": "127.0.0.1:0", **config})
    return HealthCheck(settings, build("health_check", clock))


async def ask(check: HealthCheck, path: str = "/") -> httpx.Response:
    async with httpx.AsyncClient() as client:
        return await client.get(f"http://127.0.0.1:{check.port}{path}")


async def test_it_is_unavailable_until_ready_and_again_from_the_beginning_of_the_end(
    clock: ManualClock,
) -> None:
    check = health_check(clock)
    assert isinstance(check, ReadinessWatcher)
    await check.start(Extensions())
    try:
        starting = await ask(check)
        check.ready()
        await clock.advance(1.5)
        running = await ask(check)
        check.not_ready()
        stopping = await ask(check)
    finally:
        await check.shutdown(0)
    assert [answer.status_code for answer in (starting, running, stopping)] == [503, 200, 503]
    assert running.json() == {
        "status": "Server available",
        "upSince": "2026-01-01T00:00:00+00:00",
        "uptime": "1.500s",
    }
    assert starting.json() == stopping.json() == {"status": "Server not available"}


async def test_path_and_texts_are_settings(clock: ManualClock) -> None:
    check = health_check(clock, path="/health", response_body={"healthy": "fine", "unhealthy": "wait"})
    await check.start(Extensions())
    try:
        assert (await ask(check, "/health")).text == "wait"
        check.ready()
        assert (await ask(check, "/health")).text == "fine"
        assert (await ask(check)).status_code == 404
    finally:
        await check.shutdown(0)


async def test_a_probe_may_ask_at_any_path(clock: ManualClock) -> None:
    check = health_check(clock)
    await check.start(Extensions())
    try:
        check.ready()
        assert [(await ask(check, path)).status_code for path in ("/", "/healthz", "/a/b")] == [200, 200, 200]
        check.not_ready()
        assert (await ask(check, "/healthz")).status_code == 503
    finally:
        await check.shutdown(0)


async def test_a_probe_may_ask_over_tls(clock: ManualClock, tmp_path: Path) -> None:
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    issued.private_key_pem.write_to_path(tmp_path / "key.pem")
    issued.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    check = health_check(clock, tls={"cert_file": str(tmp_path / "cert.pem"), "key_file": str(tmp_path / "key.pem")})
    context = ssl.create_default_context()
    authority.configure_trust(context)
    await check.start(Extensions())
    try:
        check.ready()
        async with httpx.AsyncClient(verify=context, trust_env=False) as client:
            assert (await client.get(f"https://127.0.0.1:{check.port}/")).status_code == 200
    finally:
        await check.shutdown(0)


@pytest.mark.parametrize("config", [{"path": "health"}, {"endpoint": "here"}, {"port": 1}])
def test_a_bad_configuration_is_refused(config: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"path|endpoint|port"):
        HealthCheckConfig.model_validate(config)
