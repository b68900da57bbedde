"""Sorts a request: what is no browser telemetry, what passes, and what is held (SPEC sections 2 and 11)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from otelrum.otlp.batch import Batch, Signal
from otelrum.otlp.check import check
from otelrum.otlp.cut import cut
from otelrum.otlp.errors import MalformedOtlp
from otelrum.otlp.groups import ResourceItems, take_apart
from otelrum.otlp.pieces import MAX_ITEM_BYTES, pieces
from otelrum.otlp.requests import Regrouping
from otelrum.processors.rum_action.bridge import (
    Bridge,
    Origin,
    Payload,
    ReadItem,
)
from otelrum.processors.rum_action.resources import ADDRESS, MAX_REMEMBERED_BYTES, ResourceFacts, Resources
from otelrum.processors.rum_action.sender import UserHints

MASKED: Final = frozenset(f"target.{key}" for key in (
    "text", "label", "value", "aria_label", "labelled_by", "alt", "title", "placeholder",
))  # fmt: skip
"""The page's texts, which `privacy: mask` removes (SPEC section 7)."""


class ReadRequest:
    """A request with browser telemetry: what of it passes, and what the domain is to see."""

    __slots__ = ("held_bytes", "held_items", "observed", "passing")

    def __init__(self, signal: Signal) -> None:
        self.passing = Regrouping(signal)
        self.observed: list[ReadItem] = []
        self.held_bytes = 0
        self.held_items = 0

    def merge(self, other: ReadRequest) -> None:
        """Add what is in another part of the same request."""
        self.passing.merge(other.passing)
        self.observed += other.observed
        self.held_bytes += other.held_bytes
        self.held_items += other.held_items

    def pay_for(self, size_bytes: int, first: int) -> bool:
        """What is held with the items from the `first` on counts as the first held one's; whether there is one."""
        for event, _, _ in self.observed[first:]:
            if event.payload is not None:
                event.extra_bytes += size_bytes
                self.held_bytes += size_bytes
                return True
        return False


class RequestReader:
    """Takes requests apart. What nobody asks for stays unparsed."""

    def __init__(
        self, bridge: Bridge, resources: Resources, interaction_scopes: Iterable[str], mask: bool, drop_address: bool
    ) -> None:
        self._bridge = bridge
        self._resources = resources
        self._scopes = frozenset(interaction_scopes)
        self._marks = [b"webjs", b"browser.", *(scope.encode() for scope in self._scopes)]
        self._cut = (MASKED if mask else frozenset()) | (ADDRESS if drop_address else frozenset())

    def may_be_browser(self, data: bytes) -> bool:
        """Whether a request can have browser telemetry: without these bytes it has none, without a look inside."""
        return any(mark in data for mark in self._marks)

    def sort_large(self, batch: Batch, sender: UserHints, source: object) -> Iterator[ReadRequest]:
        """The same of a large request, piece by piece: each time all that has been read."""
        out = ReadRequest(batch.signal)
        for piece in pieces(batch):
            found = self.sort(piece, sender, source)
            if found is not None:
                out.merge(found)
            else:
                _pass_all(piece, out.passing)
            yield out

    def sort(self, batch: Batch, sender: UserHints, source: object) -> ReadRequest | None:
        """What is in the request; None when there is no browser telemetry in it. Raises MalformedOtlp.

        One with browser telemetry is checked whole before anything in it is read (SPEC section 11).
        """
        groups = [(self._resources.resource(group.header), group) for group in take_apart(batch.data)]
        if not any(self._has_browser(facts, group) for facts, group in groups):
            return None
        if len(batch.data) > MAX_ITEM_BYTES and any(map(_has_large_item, groups)):
            raise MalformedOtlp(f"a browser's span or record of more than {MAX_ITEM_BYTES} bytes")
        check(batch.signal, batch.data)
        out = ReadRequest(batch.signal)
        for facts, group in groups:
            unpaid = len(group.header)
            for scope in group.scopes:
                name = self._resources.scope_name(scope.header)
                if facts.is_browser or name in self._scopes:
                    first = len(out.observed)
                    self._sort_items(scope.items, Origin(batch.signal, facts, scope.header, name, source), sender, out)
                    unpaid += len(scope.header)
                    if unpaid > MAX_REMEMBERED_BYTES and out.pay_for(unpaid, first):
                        unpaid = 0
                else:
                    out.passing.add(group.header, scope.header, scope.items)
        return out

    def _has_browser(self, facts: ResourceFacts, group: ResourceItems) -> bool:
        if facts.is_browser:
            return bool(group.scopes)
        return any(self._resources.scope_name(scope.header) in self._scopes for scope in group.scopes)

    def _sort_items(self, items: list[bytes], origin: Origin, sender: UserHints, out: ReadRequest) -> None:
        passing = []
        for item in items:
            observed = self._bridge.read(item, origin, sender)
            event = observed[0]
            if self._cut:  # what was read of it stays known
                item = cut(item, LogRecord if origin.signal is Signal.LOGS else Span, self._cut)
                if event.payload is not None:
                    event.payload, event.extra_bytes = Payload(origin, item), len(item)
            if event.payload is None:
                passing.append(item)
            else:
                out.held_bytes += len(item)
                out.held_items += 1
            out.observed.append(observed)
        out.passing.add(origin.resource.header, origin.scope, passing)


def _has_large_item(group: tuple[ResourceFacts, ResourceItems]) -> bool:
    return any(len(item) > MAX_ITEM_BYTES for scope in group[1].scopes for item in scope.items)


def _pass_all(batch: Batch, passing: Regrouping) -> None:
    for group in take_apart(batch.data):
        for scope in group.scopes:
            passing.add(group.header, scope.header, scope.items)
