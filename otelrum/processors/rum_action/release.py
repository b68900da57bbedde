"""Puts attributes on what is released, and makes requests of it again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from otelrum.actions.assembler import Released
from otelrum.otlp.append import Field, append, encoded
from otelrum.otlp.lazy import Signal
from otelrum.otlp.regroup import Regrouping
from otelrum.processors.rum_action.bridge import Payload
from otelrum.processors.rum_action.journal import Ref


@dataclass(slots=True)
class Outgoing:
    """What goes back to one source: the items, and their places in the journal."""

    source: Any
    items: Regrouping
    refs: list[Ref] = field(default_factory=list)


def outgoing(released: Iterable[Released]) -> Iterator[Outgoing]:
    """The released items with their attributes, for each source that they came by."""
    found: dict[object, Outgoing] = {}
    fields: dict[tuple[int, Signal], list[Field]] = {}
    for payload, added in released:
        assert isinstance(payload, Payload)
        origin, item, ref = payload
        if added:
            item = append(item, _fields(added, origin.signal, fields), origin.signal)
        out = found.get(origin.source)
        if out is None:
            out = found[origin.source] = Outgoing(origin.source, Regrouping(origin.signal))
        out.items.add(origin.resource.header, origin.scope, [item])
        if ref is not None:
            out.refs.append(ref)
    yield from found.values()


def _fields(
    added: Mapping[str, object], signal: Signal, known: dict[tuple[int, Signal], list[Field]]
) -> list[Field]:
    """Encoded once for all the spans of an action, which share the mapping."""
    found = known.get((id(added), signal))
    if found is None:
        found = known[id(added), signal] = encoded(added, signal)
    return found
