"""The cases of tests/golden/vectors on the wire; its README says the format (shared with the contract)."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from otelrum.otlp.batch import Signal
from otelrum.otlp.values import any_value, key_value

FOLDER = Path(__file__).resolve().parents[2] / "golden" / "vectors"
BASE_NS = 1_760_000_000 * 10**9
RESOURCE = {"service.name": "shop", "telemetry.sdk.language": "webjs"}
INVALID = b"\xff\xfe"

Data = dict[str, Any]


def load() -> list[Data]:
    """Every case of every topic."""
    return [case for path in sorted(FOLDER.glob("*.json")) for case in json.loads(path.read_text())]


def value(described: Any) -> Any:
    """A value of the vectors in Python."""
    if isinstance(described, list):
        return [value(one) for one in described]
    if not isinstance(described, dict):
        return described
    if "$repeat" in described:
        return described["$repeat"] * described["times"] + described.get("then", "")
    if "$double" in described:
        return float(described["$double"])
    if "$bytes" in described:
        return base64.b64decode(described["$bytes"])
    if "$invalid_utf8" in described:
        return "\0invalid\0"
    return {key: value(one) for key, one in described.items()}


class Sent(NamedTuple):
    """One request of a case: when it comes, and the labels of its items in their order."""

    at_ms: float
    signal: Signal
    labels: list[str]
    data: bytes


def copies(items: list[Data]) -> Iterator[Data]:
    """The spans or records with `repeat` carried out."""
    for one in items:
        repeat = one.get("repeat")
        if not repeat:
            yield one
            continue
        for n in range(repeat["count"]):
            parent = f"{one['id']}#{n - 1}" if repeat.get("chain") and n else one.get("parent")
            yield {**one, "id": f"{one['id']}#{n}", "parent": parent, "shift": n * repeat["every_ms"]}


def requests_of(case: Data) -> list[Sent]:
    """The requests of a case in their order: records behind the spans that come at the same time."""
    spans, records = list(copies(case["spans"])), list(copies(case.get("records", [])))
    known = {span["id"]: span for span in spans}
    out = []
    for at in sorted({one.get("arrive_ms", 0) for one in spans + records} or {0}):
        for signal, items in ((Signal.TRACES, spans), (Signal.LOGS, records)):
            now = [one for one in items if one.get("arrive_ms", 0) == at]
            if now or (signal is Signal.TRACES and not records):
                data = _traces(now, known, case["id"]) if signal is Signal.TRACES else _logs(now, known, case["id"])
                out.append(Sent(at, signal, [one["id"] for one in now], data))
    return out


def _traces(spans: list[Data], known: dict[str, Data], case: str) -> bytes:
    request = ExportTraceServiceRequest()
    for described in spans:
        group = request.resource_spans.add()
        group.resource.attributes.extend(_pairs(described.get("resource", RESOURCE)))
        scope = group.scope_spans.add()
        scope.scope.name = value(described.get("scope", ""))
        _fill(scope.spans.add(), described, known, case)
    data = request.SerializeToString()
    return data.replace(b"\0invalid\0", INVALID + b"\xff" * 7) if b"\0invalid\0" in data else data


def _fill(span: Span, described: Data, known: dict[str, Data], case: str) -> None:
    span.name = value(described.get("name", ""))
    span.span_id = _span_id(described)
    span.trace_id = (
        bytes.fromhex(described["trace_id"])
        if "trace_id" in described
        else _trace_id(case, described.get("trace", "t"))
    )
    if described.get("parent") is not None:
        span.parent_span_id = _id_of(described["parent"], known)
    span.kind = Span.SpanKind.Value("SPAN_KIND_" + described.get("kind", "INTERNAL"))
    span.start_time_unix_nano = _time_ns(described, "start", described)
    has_end = "end_ms" in described or "end_ns" in described
    span.end_time_unix_nano = _time_ns(described, "end", described) if has_end else span.start_time_unix_nano
    span.attributes.extend(_pairs(described.get("attributes", {})))
    span.attributes.extend(_pairs({f"extra.{n}": f"v{n}" for n in range(described.get("extra_attributes", 0))}))
    span.status.code = Status.StatusCode.Value("STATUS_CODE_" + described.get("status", "UNSET"))
    for event in described.get("events", []):
        for _ in range(event.get("times", 1)):
            added = span.events.add(name=value(event.get("name", "")), time_unix_nano=_time_ns(event, "at", described))
            added.attributes.extend(_pairs(event.get("attributes", {})))


def _logs(records: list[Data], known: dict[str, Data], case: str) -> bytes:
    request = ExportLogsServiceRequest()
    for described in records:
        group = request.resource_logs.add()
        group.resource.attributes.extend(_pairs(described.get("resource", RESOURCE)))
        scope = group.scope_logs.add()
        scope.scope.name = value(described.get("scope", ""))
        _fill_record(scope.log_records.add(), described, known, case)
    return request.SerializeToString()


def _fill_record(record: LogRecord, described: Data, known: dict[str, Data], case: str) -> None:
    record.event_name = described.get("event_name", "")
    for key in ("time", "observed"):
        if f"{key}_ms" in described or f"{key}_ns" in described:
            setattr(
                record,
                f"{key}_unix_nano" if key == "time" else "observed_time_unix_nano",
                _time_ns(described, key, described),
            )
    parent = described.get("parent")
    trace = described.get("trace") or (known[parent].get("trace", "t") if parent in known else None)
    if trace is not None:
        record.trace_id = _trace_id(case, trace)
    if parent is not None:
        record.span_id = _id_of(parent, known)
    if "body" in described:
        record.body.CopyFrom(any_value(value(described["body"])))
    record.attributes.extend(_pairs(described.get("attributes", {})))


def _pairs(attributes: Data) -> list[KeyValue]:
    return [key_value(key, one) for key, one in value(attributes).items()]


def _time_ns(described: Data, key: str, span: Data) -> int:
    if f"{key}_ns" in described:
        return int(described[f"{key}_ns"])
    return BASE_NS + round(float(described[f"{key}_ms"] + span.get("shift", 0)) * 10**6)


def _id_of(label: str, known: dict[str, Data]) -> bytes:
    return _span_id(known[label]) if label in known else _hashed("span", label, 8)


def _span_id(span: Data) -> bytes:
    return bytes.fromhex(span["span_id"]) if "span_id" in span else _hashed("span", span["id"], 8)


def _trace_id(case: str, label: str) -> bytes:
    return _hashed("trace", f"{case}/{label}", 16)


def _hashed(kind: str, label: str, size: int) -> bytes:
    return hashlib.sha256(f"{kind}:{label}".encode()).digest()[:size]


def expanded(label: str, labels: list[str]) -> list[str]:
    """What `a#*` and `a#0-9` stand for."""
    if label.endswith("#*"):
        return [one for one in labels if one.startswith(label[:-1])]
    name, _, numbers = label.partition("#")
    first, dash, last = numbers.partition("-")
    return [f"{name}#{n}" for n in range(int(first), int(last) + 1)] if dash else [label]
