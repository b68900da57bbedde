"""Sorts a request: what is no browser telemetry, what passes, and what is held (SPEC sections 2 and 11)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from otelrum.otlp.cut import cut
from otelrum.otlp.lazy import Batch, ResourceGroup, Signal, parse
from otelrum.otlp.regroup import Regrouping, split_header, split_items
from otelrum.processors.rum_action.bridge import (
    Bridge,
    Observed,
    Origin,
    Payload,
)
from otelrum.processors.rum_action.resources import ADDRESS, Resources
from otelrum.processors.rum_action.senders import Sender

MASKED = frozenset(f"target.{key}" for key in (
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
        """What is in the request; None when there is no browser telemetry in it. Raises MalformedOtlp."""
        out = Sorted(Regrouping(batch.signal))
        found = False
        for group in parse(batch.data).resources:
            found |= self._sort_resource(group, batch.signal, sender, source, out)
        return out if found else None

    def _sort_resource(
        self, group: ResourceGroup, signal: Signal, sender: Sender, source: object, out: Sorted
    ) -> bool:
        header, scopes = split_header(group)
        facts = self._resources.resource(header)
        found = False
        for scope in scopes:
            scope_header, items = split_items(scope)
            name = self._resources.scope_name(scope_header)
            if not facts.is_browser and name not in self._scopes:
                out.passing.add(header, scope_header, items)
                continue
            found = True
            origin = Origin(signal, facts, scope_header, name, source)
            self._sort_items(items, origin, sender, out)
        return found

    def _sort_items(self, items: list[bytes], origin: Origin, sender: Sender, out: Sorted) -> None:
        message = LogRecord if origin.signal is Signal.LOGS else Span
        passing = []
        for item in items:
            observed = self._bridge.read(item, origin, sender)
            if self._cut:
                item = cut(item, message, self._cut)
            event = observed[0]
            if event.payload is None:
                passing.append(item)
            else:
                if self._cut:
                    event.payload = Payload(origin, item)
                    event.extra_bytes = len(item)
                out.held_bytes += event.extra_bytes
                out.held_items += 1
            out.observed.append(observed)
        out.passing.add(origin.resource.header, origin.scope, passing)
