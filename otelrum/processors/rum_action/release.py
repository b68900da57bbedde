"""Puts attributes on what is released, and makes requests of it again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from otelrum.actions.memory import Released
from otelrum.otlp.batch import Signal
from otelrum.otlp.edit import Addition
from otelrum.otlp.requests import RequestWriter
from otelrum.processors.rum_action.payload import Payload, Ref


class Outgoing:
    """What goes back to one source: the items, and their places in the journal."""

    __slots__ = ("items", "refs", "source")

    def __init__(self, source: Any, signal: Signal) -> None:
        self.source = source
        self.items = RequestWriter(signal)
        self.refs: list[Ref] = []


def outgoing(released: Iterable[Released]) -> list[Outgoing]:
    """The released items with their attributes, for each source that they came by."""
    found: dict[object, Outgoing] = {}
    # What is added is encoded once for all the spans of an action, which share the mapping.
    additions: dict[tuple[int, bool], Addition] = {}
    for payload, added in released:
        assert isinstance(payload, Payload)
        origin, item = payload.origin, payload.item
        if added:
            key = id(added), origin.is_record
            addition = additions.get(key)
            if addition is None:
                addition = additions[key] = Addition(added, origin.signal)
            item = addition.to(item)
        out = found.get(origin.source)
        if out is None:
            out = found[origin.source] = Outgoing(origin.source, origin.signal)
        out.items.add(origin.resource.header, origin.scope, item)
        if payload.ref is not None:
            out.refs.append(payload.ref)
    return list(found.values())
