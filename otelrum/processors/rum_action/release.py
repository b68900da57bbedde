"""Puts attributes on what is released, and makes requests of it again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from otelrum.actions.assembler import Released
from otelrum.otlp.append import Field, append, encoded
from otelrum.otlp.lazy import Batch, Signal
from otelrum.otlp.regroup import Regrouping
from otelrum.processors.rum_action.bridge import Payload


def regrouped(released: Iterable[Released]) -> Iterator[tuple[Batch, Any]]:
    """The released items in few requests, each with the source that it came by and goes back to."""
    groups: dict[object, Regrouping] = {}
    fields: dict[tuple[int, Signal], list[Field]] = {}
    for payload, added in released:
        assert isinstance(payload, Payload)
        origin = payload.origin
        item = payload.item
        if added:
            item = append(item, _fields(added, origin.signal, fields), origin.signal)
        group = groups.get(origin.source)
        if group is None:
            group = groups[origin.source] = Regrouping(origin.signal)
        group.add(origin.resource.header, origin.scope, [item])
    for source, group in groups.items():
        for batch in group.batches():
            yield batch, source


def _fields(
    added: Mapping[str, object], signal: Signal, known: dict[tuple[int, Signal], list[Field]]
) -> list[Field]:
    """Encoded once for all the spans of an action, which share the mapping."""
    found = known.get((id(added), signal))
    if found is None:
        found = known[id(added), signal] = encoded(added, signal)
    return found
