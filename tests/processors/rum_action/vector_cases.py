"""The cases of tests/golden/vectors on the wire; its README tells the format (shared with the contract)."""

from __future__ import annotations

import base64
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, Span, Status

from otelrum.otlp.values import key_value

FOLDER = Path(__file__).resolve().parents[2] / "golden" / "vectors"
BASE_NS = 1_760_000_000 * 10**9
RESOURCE = {"service.name": "shop", "telemetry.sdk.language": "webjs"}
INVALID = b"\xff\xfe"

Data = dict[str, Any]


def load() -> list[Data]:
    """Every case of every topic."""
    return [case for path in sorted(FOLDER.glob("*.json")) for case in json.loads(path.read_text())]


def value(told: Any) -> Any:
    """A value of the vectors in Python."""
    if isinstance(told, list):
        return [value(one) for one in told]
    if not isinstance(told, dict):
        return told
    if "$repeat" in told:
        return told["$repeat"] * told["times"] + told.get("then", "")
    if "$double" in told:
        return float(told["$double"])
    if "$bytes" in told:
        return base64.b64decode(told["$bytes"])
    if "$invalid_utf8" in told:
        return "\0invalid\0"
    return {key: value(one) for key, one in told.items()}


def spans_of(case: Data) -> Iterator[Data]:
    """The spans of a case with `repeat` carried out."""
    for span in case["spans"]:
        repeat = span.get("repeat")
        if not repeat:
            yield span
            continue
        for n in range(repeat["count"]):
            parent = f"{span['id']}#{n - 1}" if repeat.get("chain") and n else span.get("parent")
            yield {**span, "id": f"{span['id']}#{n}", "parent": parent, "shift": n * repeat["every_ms"]}


def requests_of(case: Data) -> list[tuple[float, list[str], bytes]]:
    """Arrival in ms, labels and bytes of each request."""
    by_time: dict[float, list[Data]] = defaultdict(list)
    for span in spans_of(case):
        by_time[span.get("arrive_ms", 0)].append(span)
    ids = {span["id"]: _span_id(span) for span in spans_of(case)}
    return [(at, [s["id"] for s in by_time[at]], _request(by_time[at], ids)) for at in sorted(by_time) or [0]]


def _request(spans: list[Data], ids: dict[str, bytes]) -> bytes:
    request = ExportTraceServiceRequest()
    for told in spans:
        group = request.resource_spans.add()
        resource = value(told.get("resource", RESOURCE))
        group.resource.attributes.extend(key_value(key, one) for key, one in resource.items())
        _fill(group, told, ids)
    data = request.SerializeToString()
    return data.replace(b"\0invalid\0", INVALID + b"\xff" * 7) if b"\0invalid\0" in data else data


def _fill(group: ResourceSpans, told: Data, ids: dict[str, bytes]) -> None:
    scope = group.scope_spans.add()
    scope.scope.name = value(told.get("scope", ""))
    span = scope.spans.add(name=value(told.get("name", "")), span_id=ids[told["id"]])
    span.trace_id = (
        bytes.fromhex(told["trace_id"]) if "trace_id" in told else _hashed("trace", told.get("trace", "t"), 16)
    )
    if told.get("parent") is not None:
        span.parent_span_id = ids.get(told["parent"]) or _hashed("span", told["parent"], 8)
    span.kind = Span.SpanKind.Value("SPAN_KIND_" + told.get("kind", "INTERNAL"))
    span.start_time_unix_nano = _time_ns(told, "start", told)
    has_end = "end_ms" in told or "end_ns" in told
    span.end_time_unix_nano = _time_ns(told, "end", told) if has_end else span.start_time_unix_nano
    span.attributes.extend(key_value(key, one) for key, one in value(told.get("attributes", {})).items())
    span.attributes.extend(key_value(f"extra.{n}", f"v{n}") for n in range(told.get("extra_attributes", 0)))
    span.status.code = Status.StatusCode.Value("STATUS_CODE_" + told.get("status", "UNSET"))
    for event in told.get("events", []):
        for _ in range(event.get("times", 1)):
            added = span.events.add(name=value(event.get("name", "")), time_unix_nano=_time_ns(event, "at", told))
            added.attributes.extend(key_value(key, one) for key, one in value(event.get("attributes", {})).items())


def _time_ns(told: Data, key: str, span: Data) -> int:
    if f"{key}_ns" in told:
        return int(told[f"{key}_ns"])
    return BASE_NS + round((told[f"{key}_ms"] + span.get("shift", 0)) * 10**6)


def _span_id(span: Data) -> bytes:
    return bytes.fromhex(span["span_id"]) if "span_id" in span else _hashed("span", span["id"], 8)


def _hashed(kind: str, label: str, size: int) -> bytes:
    return hashlib.sha256(f"{kind}:{label}".encode()).digest()[:size]


def expanded(label: str, labels: list[str]) -> list[str]:
    """What `a#*` and `a#0-9` stand for."""
    if label.endswith("#*"):
        return [one for one in labels if one.startswith(label[:-1])]
    name, _, numbers = label.partition("#")
    first, dash, last = numbers.partition("-")
    return [f"{name}#{n}" for n in range(int(first), int(last) + 1)] if dash else [label]
