"""Sorts a request: what is no browser telemetry, what passes, and what is held (SPEC sections 2 and 11)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from otelrum.otlp.apart import ResourceItems, take_apart
from otelrum.otlp.check import check
from otelrum.otlp.cut import cut
from otelrum.otlp.lazy import Batch, Signal
from otelrum.otlp.regroup import Regrouping
from otelrum.processors.rum_action.bridge import (
    Bridge,
    Observed,
    Origin,
    Payload,
)
from otelrum.processors.rum_action.resources import ADDRESS, ResourceFacts, Resources
from otelrum.processors.rum_action.senders import Sender

MASKED: Final = frozenset(f"target.{key}" for key in (
    "text", "label", "value", "aria_label", "labelled_by", "alt", "title", "placeholder",
))  # fmt: skip
"""The page's texts, which `privacy: mask` removes (SPEC section 7)."""

@dataclass(slots=True)
class Sorted:
    """A request with browser telemetry: what of it passes, and what the domain is to see."""

    passing: Regrouping
    observed: list[Observed] = field(default_factory=list)
    held_bytes: int = 0
    held_items: int = 0


class Sorter:
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

    def sort(self, batch: Batch, sender: Sender, source: object) -> Sorted | None:
        """What is in the request; None when there is no browser telemetry in it. Raises MalformedOtlp.

        One with browser telemetry is checked whole before anything in it is read (SPEC section 11).
        """
        groups = [(self._resources.resource(group.header), group) for group in take_apart(batch.data)]
        if not any(self._has_browser(facts, group) for facts, group in groups):
            return None
        check(batch.signal, batch.data)
        out = Sorted(Regrouping(batch.signal))
        for facts, group in groups:
            for scope in group.scopes:
                name = self._resources.scope_name(scope.header)
                if facts.is_browser or name in self._scopes:
                    self._sort_items(scope.items, Origin(batch.signal, facts, scope.header, name, source), sender, out)
                else:
                    out.passing.add(group.header, scope.header, scope.items)
        return out

    def _has_browser(self, facts: ResourceFacts, group: ResourceItems) -> bool:
        if facts.is_browser:
            return bool(group.scopes)
        return any(self._resources.scope_name(scope.header) in self._scopes for scope in group.scopes)

    def _sort_items(self, items: list[bytes], origin: Origin, sender: Sender, out: Sorted) -> None:
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
