"""Publishes actions to the feed: those that wait, those that were decided and why, and what pages lack."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from otelrum.actions.assembler import Assembler
from otelrum.actions.explain import Explanation, explain
from otelrum.actions.lacks import Lacks
from otelrum.actions.model import Action, Event
from otelrum.actions.naming import name_candidates, tidy
from otelrum.actions.page import Page
from otelrum.actions.settings import MS, SECOND, Settings
from otelrum.actions.watching import pending
from otelrum.collector import feed
from otelrum.collector.feed import Feed, Finished, Missed, Pending, Value
from otelrum.otlp.batch import Batch, Signal
from otelrum.otlp.requests import RequestWriter
from otelrum.processors.rum_action.payload import Payload

MAX_PENDING: Final = 100
"""Pending actions that are published: nobody reads more at once."""

MAX_PAGE_EVENTS: Final = 5000
"""A page of more is not explained: to walk along it would make others wait."""

MAX_ITEM_BYTES: Final = 256 << 10
"""Most bytes of an action's items that are kept as they came."""

MAX_TEXT: Final = 1000
"""Longest name, address or id that is shown: a page may write megabytes."""


class ActionFeed:
    """Hears of an assembler's decisions while somebody looks, and publishes no more of them than are asked for."""

    def __init__(self, feed: Feed, source: str, assemblers: Callable[[], list[Assembler]], settings: Settings) -> None:
        """`source` is the processor's id; of several assemblers the first publishes what waits."""
        self._feed = feed
        self._source = source
        self._assemblers = assemblers
        self._settings = settings
        self._lacks = Lacks()
        self._pending: tuple[bytes, ...] = ()
        self._findings = 0
        self._allowed = 0.0
        self._missed = 0
        self._ticked_ns = 0

    def tick(self, now_ns: int) -> None:
        """Called every fraction of a second; where nobody looks it costs nothing."""
        is_heard = self._feed.is_heard
        for assembler in self._assemblers():
            assembler.listener = partial(self._hear, assembler) if is_heard else None
        if not is_heard:
            return
        passed_s, self._ticked_ns = (now_ns - self._ticked_ns) / SECOND, now_ns
        a_second = self._feed.actions_a_second
        self._allowed = min(float(a_second), self._allowed + a_second * passed_s)
        if self._missed:
            self._feed.publish(Missed(self._missed))
            self._missed = 0
        self._publish_pending(now_ns)
        findings = self._lacks.findings()
        if len(findings) != self._findings:
            self._findings = len(findings)
            self._feed.publish(feed.Findings(self._source, [lack._asdict() for lack in findings]))

    def _publish_pending(self, now_ns: int) -> None:
        """When others wait than before; the page counts down by itself."""
        wait_ns, holding = self._settings.decision_wait_ns, self._assemblers()[0].memory.holding
        waiting = pending(reversed(holding), wait_ns, MAX_PENDING)
        ids = tuple(event.id for event, _ in waiting)
        if ids != self._pending:
            self._pending = ids
            values = [pending_value(event, due_ns - now_ns, wait_ns) for event, due_ns in waiting]
            self._feed.publish(Pending(self._source, values))

    def _hear(self, assembler: Assembler, action: Action, added: Mapping[str, object], page: Page) -> None:
        """An action was decided; its items are still here."""
        if self._allowed < 1 or len(page.events) > MAX_PAGE_EVENTS:
            self._missed += 1
            return
        self._allowed -= 1
        explanation = explained(action, added, page, self._settings)
        self._lacks.see(explanation.service, action, added, page.events, assembler.memory.spans)
        self._feed.publish(explanation.finished())


def pending_value(event: Event, due_ns: int, wait_ns: int) -> Value:
    """An interaction that is not decided: its target, and when it will be."""
    target = getattr(event.detail, "target", None)
    name = target.name if target is not None else getattr(event.detail, "name", "")
    return {"name": tidy(name), "due_ms": max(0.0, due_ns / MS), "wait_ms": wait_ns / MS}


@dataclass(frozen=True, slots=True)
class Explained:
    """A decided action with its reasons, and the items around it as they came."""

    action: Action
    added: Mapping[str, object]
    explanation: Explanation
    names: list[Value]
    service: str
    items: list[Batch]

    def finished(self) -> Finished:
        """As the feed has it."""
        summary = self.summary()
        return Finished(self.action.id, summary, {**summary, **self._detail()}, self.items)

    def summary(self) -> Value:
        """What a list shows."""
        action, added = self.action, self.added
        loading_ns = added.get("action.loading_time")
        return {
            "id": action.id,
            "type": str(added.get("action.type", ""))[:MAX_TEXT],
            "name": str(added.get("action.name", ""))[:MAX_TEXT],
            "time_ms": action.start_ns / MS,
            "loading_ms": loading_ns / MS if isinstance(loading_ns, int) else None,
            "end_reason": added.get("action.end_reason"),
            "resources": added.get("action.resource.count"),
            "errors": added.get("action.error.count"),
            "long_tasks": added.get("action.long_task.count"),
            "frustration": added.get("action.frustration.type", []),
            "view": action.view[:MAX_TEXT],
            "view_url": str(added.get("view.url", ""))[:MAX_TEXT],
        }

    def _detail(self) -> Value:
        action, added, why = self.action, self.added, self.explanation
        is_span = not action.head.is_record
        return {
            "target": added.get("action.target.name", ""),
            "selector": str(added.get("action.target.selector", ""))[:MAX_TEXT],
            "name_source": added.get("action.name_source", ""),
            "session": action.head.key.session[:MAX_TEXT],
            "service": self.service[:MAX_TEXT],
            "trace_id": action.head.id[:16].hex() if is_span else "",
            "span_id": action.head.id[16:].hex() if is_span else "",
            "start_unix_nano": str(action.start_ns),
            "end_ms": self._after(action.end_ns),
            "lines": [self._line(line._asdict()) for line in why.lines],
            "more_lines": why.more_lines,
            "quiet": [self._line(gap._asdict()) for gap in why.quiet],
            "why": {
                "end": why.why_ended,
                "near_miss": why.near_miss,
                "frustration": list(why.frustration),
                "names": self.names,
            },
        }

    def _line(self, value: dict[str, object]) -> Value:
        """Times after the click, in ms."""
        start_ns, end_ns = value.pop("start_ns"), value.pop("end_ns")
        assert isinstance(start_ns, int) and isinstance(end_ns, int)
        return {**value, "start_ms": self._after(start_ns), "end_ms": self._after(end_ns)}

    def _after(self, time_ns: int) -> float:
        return round((time_ns - self.action.start_ns) / MS, 3)


def explained(action: Action, added: Mapping[str, object], page: Page, settings: Settings) -> Explained:
    """`added` are all attributes of the action's span, `page` its page as it was known at the decision."""
    explanation = explain(action, added, page, settings)
    payload = action.head.payload
    assert isinstance(payload, Payload), "it is published before it goes on"
    own = payload.attributes()
    source = "" if action.head.is_record else str(added.get("action.name_source", ""))
    names = _names(own, source, settings.mask)
    if not action.clicks:  # what the page wrote stays as it is, so it is not added
        added = {"action.type": own.get("action.type", ""), **added}
    return Explained(action, added, explanation, names, payload.origin.resource.service, items_of(explanation.events))


def _names(attributes: Mapping[str, object], source: str, mask: bool) -> list[Value]:
    """The candidates of an interaction's name in their order (SPEC section 7); none of a custom action."""
    if not source:
        return []
    keys = dict.fromkeys(key for key, _ in name_candidates(attributes, mask))
    texts = [(key, tidy(str(attributes.get(key, "")))) for key in keys]
    chosen = -1 if source == "rule" else next((at for at, (_, text) in enumerate(texts) if text), len(texts))
    rest = {"rule": "names (configuration)", "mask_placeholder": "target.privacy"}.get(source, "the selector")
    out = [{"key": key, "text": text, "is_chosen": at == chosen} for at, (key, text) in enumerate(texts)]
    return [*out, {"key": rest, "text": "", "is_chosen": chosen in (-1, len(texts))}]


def items_of(events: Iterable[Event]) -> list[Batch]:
    """The items of these events as they came, as far as they are still here; none where they are too many."""
    payloads = [event.payload for event in events if isinstance(event.payload, Payload)]
    if sum(len(payload.item) for payload in payloads) > MAX_ITEM_BYTES:
        return []
    writers = {signal: RequestWriter(signal) for signal in (Signal.TRACES, Signal.LOGS)}
    for payload in payloads:
        origin = payload.origin
        writers[origin.signal].add(origin.resource.header, origin.scope, payload.item)
    return [batch for writer in writers.values() for batch in writer.finish()]
