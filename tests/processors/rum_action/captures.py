"""Recorded browser sessions on their way through the processor."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

from otelrum.otlp.batch import Signal
from tests.processors.rum_action.in_process import Received, Run, items_of

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "captures"
SIGNALS = {"/v1/traces": Signal.TRACES, "/v1/logs": Signal.LOGS}

Data = dict[str, Any]


@dataclass(frozen=True)
class Played:
    """What went in and what came out, by span id or record key."""

    sent: dict[str, Received]
    got: dict[str, Received]


def load(path: Path) -> Data:
    capture: Data = json.loads(path.read_text())
    capture["name"] = path.name.removesuffix(".json")
    return capture


def requests_of(capture: Data) -> list[tuple[float, Signal, bytes]]:
    """Arrival in ms, signal and bytes of each recorded request."""
    requests = [request for request in capture["requests"] if request["path"] in SIGNALS]
    first = min(request["received_unix_ms"] for request in requests)
    return [(r["received_unix_ms"] - first, SIGNALS[r["path"]], base64.b64decode(r["body_base64"])) for r in requests]


async def play(capture: Data) -> Played:
    """The recording through a processor of its own, in its own time."""
    run = Run()
    requests = requests_of(capture)
    assert await run.take(requests) == []
    got = await run.end()
    return Played(by_key(one for _, s, data in requests for one in items_of(s, data)), by_key(got))


def by_key(items: Iterable[Received]) -> dict[str, Received]:
    out: dict[str, Received] = {}
    for one in items:
        key = key_of(one)
        while key in out:
            key += "#"
        out[key] = one
    return out


def key_of(one: Received) -> str:
    """A span's id; of a record its event name and time, of a resource event also its start and URL."""
    if not isinstance(one.item, LogRecord):
        return one.span_id
    key = f"{one.item.event_name}@{one.item.time_unix_nano}"
    start = one.attributes.get("browser.resource_timing.fetch_start")
    return key if start is None else f"{key}@{start}@{one.attributes.get('url.full', '')}"


def head_key(expect: Data) -> str:
    key: Data = expect["key"]
    found: str = key.get("span_id") or key["record"]
    return found
