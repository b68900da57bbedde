"""Reads recorded OTLP: the JSON lines of the `file` exporter, one request in JSON, or one in protobuf."""

from __future__ import annotations

import json
from collections.abc import Iterator

from otelrum.actions.attributes import ACTION_ID, ACTION_IDS
from otelrum.collector.errors import OtelrumError
from otelrum.otlp.batch import Batch, Signal, check
from otelrum.otlp.edit import cut_item
from otelrum.otlp.errors import MalformedOtlp
from otelrum.otlp.groups import read_groups
from otelrum.otlp.json import from_json
from otelrum.otlp.requests import RequestWriter

SIGNALS = {"resourceSpans": Signal.TRACES, "resourceLogs": Signal.LOGS, "resourceMetrics": Signal.METRICS}
DECIDED = frozenset({ACTION_ID, ACTION_IDS})
"""What a collector has added: without it everything is decided anew."""


def requests_of(recorded: bytes) -> Iterator[Batch]:
    """The spans and records of a recording, request by request. Raises OtelrumError where it is none."""
    if not recorded.lstrip().startswith(b"{"):
        yield _of_protobuf(recorded)
        return
    for number, text in enumerate(_objects(recorded), 1):
        try:
            signal = next((signal for key, signal in SIGNALS.items() if key in json.loads(text)), None)
            if signal in (Signal.TRACES, Signal.LOGS):
                yield _undecided(signal, from_json(signal, text))
        except (ValueError, TypeError, MalformedOtlp) as error:
            raise OtelrumError(f"request {number} is no OTLP: {error}") from error


def _objects(recorded: bytes) -> list[bytes]:
    """One object a line, or one object of many lines."""
    lines = [line for line in recorded.splitlines() if line.strip()]
    try:
        json.loads(lines[0])
    except ValueError:
        return [recorded]
    return lines


def _of_protobuf(recorded: bytes) -> Batch:
    """The outer fields of both signals are the same, so only reading the items shows which one it is."""
    for signal in (Signal.TRACES, Signal.LOGS):
        try:
            check(signal, recorded)
            return _undecided(signal, recorded)
        except MalformedOtlp:
            continue
    raise OtelrumError("this is no OTLP: neither JSON nor a request of spans or log records in protobuf")


def _undecided(signal: Signal, data: bytes) -> Batch:
    """A request without what a collector has decided."""
    out = RequestWriter(signal)
    for group in read_groups(data):
        for scope in group.scopes:
            for item in scope.items:
                out.add(group.header, scope.header, cut_item(item, signal, DECIDED))
    return next(iter(out.finish()), Batch(signal, b""))
