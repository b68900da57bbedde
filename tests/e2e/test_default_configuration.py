"""config/otelrum.yaml as a newcomer starts it: with no backend, and with one."""

from __future__ import annotations

from pathlib import Path
from signal import SIGTERM

import pytest

from tests.e2e.test_rum_actions import heads, metrics_at, post, records_at
from tests.running import Collector, backend

CONFIG = str(Path(__file__).resolve().parents[2] / "config" / "otelrum.yaml")
RECORDING = "shop_add_to_cart.zone.hook"


@pytest.fixture(autouse=True)
def free_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    for port in ("OTELRUM_GRPC", "OTELRUM_HTTP", "OTELRUM_HEALTH"):
        monkeypatch.setenv(port, "127.0.0.1:0")


def ran() -> list[str]:
    """The log from the start to the end, with one recorded session between."""
    with Collector("--config", CONFIG) as otelrum:
        post(otelrum.ready()["http"], RECORDING)
        otelrum.signal(SIGTERM)
        assert otelrum.exit_status() == 0
        return otelrum.log


@pytest.mark.parametrize("endpoint", [None, ""])
def test_without_a_backend_each_action_is_a_line_and_nothing_is_tried_again(
    endpoint: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if endpoint is None:
        monkeypatch.delenv("OTELRUM_BACKEND", raising=False)
    else:
        monkeypatch.setenv("OTELRUM_BACKEND", endpoint)
    log = ran()
    (line,) = [line for line in log if line.startswith("Click on")]
    assert line.startswith("Click on Add to cart: 297 ms, 2 resources, http")
    assert len(log) < 15


def test_a_backend_gets_actions_in_every_signal_and_no_helper(monkeypatch: pytest.MonkeyPatch) -> None:
    with backend() as (kept, endpoint):
        monkeypatch.setenv("OTELRUM_BACKEND", endpoint)
        assert not [line for line in ran() if line.startswith("Click on")]
    assert len(heads(kept)) == 1
    assert [record.event_name for record in records_at(kept) if record.event_name == "rum.action"] == ["rum.action"]
    assert "rum.action.loading_time" in {metric.name for metric in metrics_at(kept)}
    assert "dom.mutation" not in {span.name for span in kept.spans()}
