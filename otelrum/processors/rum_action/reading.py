"""Reads a request: what is no browser telemetry, what passes, and what is held (SPEC sections 2 and 11)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from otelrum.actions.assembler import Assembler
from otelrum.actions.event_class import STARTS
from otelrum.actions.views import Views
from otelrum.otlp.batch import Batch, Signal, check
from otelrum.otlp.edit import cut_item
from otelrum.otlp.groups import ResourceItems, ScopeItems, read_groups
from otelrum.otlp.requests import CHUNK_BYTES, MAX_HEADER_BYTES, RequestWriter
from otelrum.processors.rum_action.bridge import Bridge, ReadItem
from otelrum.processors.rum_action.hints import UserHints
from otelrum.processors.rum_action.payload import Kept, Origin, Payload
from otelrum.processors.rum_action.resources import ADDRESS, MAX_REMEMBERED_BYTES, ResourceFacts, Resources

MASKED: Final = frozenset(f"target.{key}" for key in (
    "text", "label", "value", "aria_label", "labelled_by", "alt", "title", "placeholder",
))  # fmt: skip
"""The page's texts, which `privacy: mask` removes (SPEC section 7)."""

MAX_ITEM_BYTES: Final = 1 << 20
"""Largest item that is read: that happens in one step, and as objects it may be fifty times as large."""


class Durable(NamedTuple):
    """An item that changed its session's views for good."""

    id: bytes
    """The id of its event; may be empty."""
    payload: Payload
    views: Views


class ReadRequest:
    """A request with browser telemetry: what of it passes, and what the domain is to see."""

    __slots__ = (
        "has_action",
        "has_browser",
        "held_bytes",
        "held_items",
        "large_items",
        "observed",
        "passing",
        "payloads",
    )

    def __init__(self, signal: Signal) -> None:
        self.has_action = False
        """An interaction or custom action came in it (`hold: around_actions`, SPEC section 11)."""
        self.has_browser = False
        """Otherwise the request can go on as it came: all of it passes."""
        self.passing = RequestWriter(signal)
        self.observed: list[ReadItem] = []
        self.payloads: list[Payload] = []
        """One for each observed event, also for one that passes."""
        self.held_bytes = 0
        self.held_items = 0
        self.large_items = 0
        """Items of browsers that pass because they are too large to look into (SPEC section 11)."""

    def charge(self, size_bytes: int, first: int) -> bool:
        """Charge `size_bytes` to the first held event from index `first` on. False if none is held."""
        for event, _, _ in self.observed[first:]:
            if event.payload is not None:
                event.extra_bytes += size_bytes
                self.held_bytes += size_bytes
                return True
        return False

    def show(self, assembler: Assembler, now_ns: int, kept: Kept | None = None) -> list[Durable]:
        """Let the domain observe every item in its order; `kept` is where it is until it has left.

        Returns what must be known as long as its session lives.
        """
        out, index = [], 0
        for (event, key, read_attributes), payload in zip(self.observed, self.payloads, strict=True):
            if kept is not None and event.payload is not None:
                payload.ref = kept, index
                index += 1
            views = assembler.observe(event, key, now_ns, read_attributes, self.has_action)
            if views is not None:
                out.append(Durable(event.id, payload, views))
                if kept is not None:
                    kept.fed_views.add(views)
        return out

    def drop_payloads(self) -> None:
        """Only the facts of its items for their sessions are still of interest."""
        for event, _, _ in self.observed:
            event.payload, event.extra_bytes = None, 0


class RequestReader:
    """Reads requests. What nobody asks for stays unparsed."""

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

    def read(self, batch: Batch, hints: UserHints, source: object) -> ReadRequest | None:
        """What is in a request; None where it has no browser telemetry. Raises MalformedOtlp."""
        out = ReadRequest(batch.signal)
        for _ in self.steps(batch, hints, source, out):
            pass
        return out if out.has_browser else None

    def steps(self, batch: Batch, hints: UserHints, source: object, into: ReadRequest) -> Iterator[None]:
        """The same in steps that are short whatever the request holds. Raises MalformedOtlp."""
        if not self.may_be_browser(batch.data):
            return
        if len(batch.data) <= CHUNK_BYTES:
            self._read_chunk(batch, hints, source, into)
            yield
            return
        for chunk in self._chunks(batch, into):
            self._read_chunk(chunk, hints, source, into)
            yield

    def _chunks(self, batch: Batch, into: ReadRequest) -> Iterator[Batch]:
        """A large request chunk by chunk. What stands below a header that is too large to be read so often passes."""
        writer = RequestWriter(batch.signal, CHUNK_BYTES)
        for group in read_groups(batch.data):
            for scope in group.scopes:
                if len(group.header) + len(scope.header) > MAX_HEADER_BYTES:
                    self._pass_unread(batch.signal, group.header, scope, into)
                    continue
                for item in _taken(scope.items):
                    if len(item) > MAX_ITEM_BYTES:
                        yield from writer.finish()  # what came before it stays before it
                        self._pass_large(batch.signal, group.header, scope.header, item, into)
                        continue
                    writer.add(group.header, scope.header, item)
                    yield from writer.take_full()
        yield from writer.finish()

    def _pass_large(self, signal: Signal, header: bytes, scope: bytes, item: bytes, into: ReadRequest) -> None:
        facts = self._resources.resource(header)
        if not (facts.is_browser or self._resources.scope_name(scope) in self._scopes):
            into.passing.add(header, scope, item)
            return
        into.has_browser = True
        into.large_items += 1
        into.passing.add(facts.header, scope, self._without_cut(item, signal))

    def _pass_unread(self, signal: Signal, header: bytes, scope: ScopeItems, into: ReadRequest) -> None:
        if not (self.may_be_browser(header) or self.may_be_browser(scope.header)):
            _pass(scope.items, header, scope.header, into)
            return
        into.has_browser = True
        into.large_items += len(scope.items)
        _pass(
            [self._without_cut(item, signal) for item in scope.items],
            self._resources.goes_on(header),
            scope.header,
            into,
        )

    def _read_chunk(self, batch: Batch, hints: UserHints, source: object, into: ReadRequest) -> None:
        """Check a chunk whole where a browser's telemetry is in it, before anything of it is read (SPEC section 11)."""
        groups = [(self._resources.resource(group.header), group) for group in read_groups(batch.data)]
        if not any(self._has_browser(facts, group) for facts, group in groups):
            for _, group in groups:
                for scope in group.scopes:
                    _pass(scope.items, group.header, scope.header, into)
            return
        into.has_browser = True
        check(batch.signal, batch.data)
        for facts, group in groups:
            self._read_group(facts, group, batch.signal, hints, source, into)

    def _read_group(
        self,
        facts: ResourceFacts,
        group: ResourceItems,
        signal: Signal,
        hints: UserHints,
        source: object,
        into: ReadRequest,
    ) -> None:
        uncharged = len(group.header)
        for scope in group.scopes:
            name = self._resources.scope_name(scope.header)
            if facts.is_browser or name in self._scopes:
                first = len(into.observed)
                self._read_items(scope.items, Origin(signal, facts, scope.header, name, source), hints, into)
                uncharged += len(scope.header)
                if uncharged > MAX_REMEMBERED_BYTES and into.charge(uncharged, first):
                    uncharged = 0
            else:
                _pass(scope.items, group.header, scope.header, into)

    def _has_browser(self, facts: ResourceFacts, group: ResourceItems) -> bool:
        if facts.is_browser:
            return bool(group.scopes)
        return any(self._resources.scope_name(scope.header) in self._scopes for scope in group.scopes)

    def _read_items(self, items: list[bytes], origin: Origin, hints: UserHints, into: ReadRequest) -> None:
        header, scope = origin.resource.header, origin.scope
        for item in items:
            observed = self._bridge.read(item, origin, hints)
            event = observed[0]
            into.has_action = into.has_action or event.kind in STARTS
            if self._cut:  # what was read of it stays known
                item = self._without_cut(item, origin.signal)
                if event.payload is not None:
                    event.payload, event.extra_bytes = Payload(origin, item), len(item)
            if event.payload is None:
                into.passing.add(header, scope, item)
            else:
                into.held_bytes += len(item)
                into.held_items += 1
            into.observed.append(observed)
            held = event.payload
            into.payloads.append(held if isinstance(held, Payload) else Payload(origin, item))

    def _without_cut(self, item: bytes, signal: Signal) -> bytes:
        return cut_item(item, signal, self._cut) if self._cut else item


def _taken(items: list[bytes]) -> Iterator[bytes]:
    """Each item, out of its list: what was read of a large request is not in memory twice."""
    items.reverse()
    while items:
        yield items.pop()


def _pass(items: list[bytes], resource: bytes, scope: bytes, into: ReadRequest) -> None:
    for item in items:
        into.passing.add(resource, scope, item)
