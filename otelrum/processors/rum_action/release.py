"""Puts attributes on what is released, and makes requests of it again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from otelrum.actions.assembler import Released
from otelrum.otlp.append import Addition
from otelrum.otlp.lazy import Signal
from otelrum.otlp.regroup import Regrouping
from otelrum.processors.rum_action.bridge import Origin, Payload
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
    additions: dict[tuple[int, Signal], Addition] = {}
    for origin, placed in _by_origin(released, additions).items():
        out = found.get(origin.source)
        if out is None:
            out = found[origin.source] = Outgoing(origin.source, Regrouping(origin.signal))
        out.items.add(origin.resource.header, origin.scope, [item for item, _ in placed])
        out.refs += [ref for _, ref in placed if ref is not None]
    yield from found.values()


def _by_origin(
    released: Iterable[Released], additions: dict[tuple[int, Signal], Addition]
) -> dict[Origin, list[tuple[bytes, Ref | None]]]:
    """What is appended is encoded once for all the spans of an action, which share the mapping."""
    out: dict[Origin, list[tuple[bytes, Ref | None]]] = defaultdict(list)
    for payload, added in released:
        assert isinstance(payload, Payload)
        origin, item, ref = payload
        if added:
            key = id(added), origin.signal
            addition = additions.get(key)
            if addition is None:
                addition = additions[key] = Addition(added, origin.signal)
            item = addition.to(item)
        out[origin].append((item, ref))
    return out
