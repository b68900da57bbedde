"""Puts attributes on what is released, and makes requests of it again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from otelrum.actions.assembler import Released
from otelrum.otlp.batch import Signal
from otelrum.otlp.edit import Addition
from otelrum.otlp.requests import Regrouping
from otelrum.processors.rum_action.bridge import Origin, Payload
from otelrum.processors.rum_action.journal import Ref

_LOGS: Final = Signal.LOGS


class Outgoing:
    """What goes back to one source: the items, and their places in the journal."""

    __slots__ = ("items", "refs", "source")

    def __init__(self, source: Any, signal: Signal) -> None:
        self.source = source
        self.items = Regrouping(signal)
        self.refs: list[Ref] = []


class _Placed:
    """What stood at one place: the items, and their places in the journal."""

    __slots__ = ("items", "refs")

    def __init__(self) -> None:
        self.items: list[bytes] = []
        self.refs: list[Ref] = []


def outgoing(released: Iterable[Released]) -> Iterator[Outgoing]:
    """The released items with their attributes, for each source that they came by."""
    found: dict[object, Outgoing] = {}
    for origin, placed in _by_origin(released).items():
        out = found.get(origin.source)
        if out is None:
            out = found[origin.source] = Outgoing(origin.source, origin.signal)
        out.items.add(origin.resource.header, origin.scope, placed.items)
        out.refs += placed.refs
    yield from found.values()


def _by_origin(released: Iterable[Released]) -> dict[Origin, _Placed]:
    """What is appended is encoded once for all the spans of an action, which share the mapping."""
    out: dict[Origin, _Placed] = {}
    additions: dict[tuple[int, bool], Addition] = {}
    for payload, added in released:
        assert isinstance(payload, Payload)
        origin, item = payload.origin, payload.item
        if added:
            key = id(added), origin.signal is _LOGS
            addition = additions.get(key)
            if addition is None:
                addition = additions[key] = Addition(added, origin.signal)
            item = addition.to(item)
        placed = out.get(origin)
        if placed is None:
            placed = out[origin] = _Placed()
        placed.items.append(item)
        if payload.ref is not None:
            placed.refs.append(payload.ref)
    return out
