"""OTLP as lines to read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from otelrum.otlp.batch import Batch
from otelrum.otlp.json import to_json_chunks

Group = dict[str, Any]


def lines(batch: Batch, *, detailed: bool) -> Iterator[str]:
    """One line for each span, log record or metric; `detailed` adds resource, scope and all fields."""
    for text in to_json_chunks(batch.signal, batch.data):
        for resource in _first_list(json.loads(text)):
            yield from _lines_of(resource, detailed)


def _lines_of(resource: Group, detailed: bool) -> Iterator[str]:
    if detailed:
        yield f"resource {_attributes(resource.get('resource', {}))}"
    for scope in _first_list(resource):
        if detailed:
            yield f"  scope {scope.get('scope', {}).get('name', '')}"
        for item in _first_list(scope):
            yield f"    {_all(item) if detailed else _short(item)}"


def _first_list(group: Group) -> list[Group]:
    return next((value for value in group.values() if isinstance(value, list)), [])


def _short(item: Group) -> str:
    name = item.get("name") or item.get("eventName") or _value(item.get("body", {}))
    ids = " ".join(item[key] for key in ("traceId", "spanId") if key in item)
    return f"{name} {ids} {_attributes(item)}".rstrip()


def _all(item: Group) -> str:
    plain = {key: value for key, value in item.items() if key != "attributes"}
    return f"{json.dumps(plain, ensure_ascii=False)} {_attributes(item)}".rstrip()


def _attributes(holder: Group) -> str:
    pairs = holder.get("attributes", [])
    return " ".join(f"{pair.get('key', '')}={_value(pair.get('value', {}))}" for pair in pairs)


def _value(value: Group) -> str:
    inner = next(iter(value.values()), "")
    return inner if isinstance(inner, str) else json.dumps(inner, ensure_ascii=False)
