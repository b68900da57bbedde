"""Events and assemblers for tests of the domain, made of values."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from otelrum.actions.assembler import Assembler
from otelrum.actions.counters import Counters
from otelrum.actions.details import Custom, Detail, Fault, Frame, Interaction, Timing, UserActivity
from otelrum.actions.event_class import PASSING, EventClass
from otelrum.actions.explain import Explanation, explain
from otelrum.actions.gesture import NO_GESTURE, Gesture
from otelrum.actions.inherit import Inheritance
from otelrum.actions.memory import Memory, Released
from otelrum.actions.model import Action, Event, SessionKey
from otelrum.actions.page import Page
from otelrum.actions.session import Session
from otelrum.actions.settings import MS, SECOND, DeadClick, Settings
from otelrum.actions.target import record_target, span_target

T0 = 1_760_000_000 * SECOND
WAIT = Settings().decision_wait_ns
NOTHING: Mapping[str, object] = {}

_numbers = itertools.count(1_000_000)  # far from the ids that tests give


def at(ms: float) -> int:
    """Browser time in ns, so many ms after the base."""
    return T0 + round(ms * MS)


def span_id(number: int, trace: int = 1) -> bytes:
    return trace.to_bytes(16) + number.to_bytes(8)


def event(
    kind: int,
    start_ms: float,
    length_ms: float = 0,
    *,
    view: str = "v",
    id: int = 0,
    trace: int = 1,
    parent: int = 0,
    tab: str = "",
    url: str = "",
    faults: Iterable[tuple[float, str]] = (),
    detail: Detail = None,
    is_record: bool = False,
    keeps_busy: bool = True,
    is_counted: bool = True,
    method: str = "",
    route: str = "",
) -> Event:
    """An event at so many ms; its payload is its number. `faults` are errors: when (ms) and their messages."""
    number, is_held = id or next(_numbers), kind not in PASSING
    return Event(
        kind,
        at(start_ms),
        at(start_ms + length_ms),
        id=span_id(number, trace),
        parent=span_id(parent, trace) if parent else b"",
        view=view,
        tab=tab,
        faults=tuple(Fault(at(ms), message) for ms, message in faults),
        url=url,
        detail=detail,
        is_record=is_record,
        is_request=kind is EventClass.RESOURCE,
        keeps_busy=keeps_busy,
        is_counted=is_counted,
        method=method,
        route=route,
        payload=number if is_held else None,
        extra_bytes=500 if is_held else 0,
    )


def click(
    start_ms: float = 0,
    target: str = "b",
    type: str = "click",
    gesture: Gesture | str = "",
    page: Mapping[str, object] = NOTHING,
    **fields: object,
) -> Event:
    """An interaction span on the button with this id; `page` are further attributes from the page's hook."""
    facts = {"target_xpath": f'//*[@id="{target}"]', "target_element": "BUTTON", **page}
    known = gesture if isinstance(gesture, Gesture) else Gesture(gesture) if gesture else NO_GESTURE
    detail = Interaction(type, span_target(facts, mask=False), gesture=known)
    return event(EventClass.INTERACTION, start_ms, detail=detail, **fields)  # type: ignore[arg-type]


def click_record(start_ms: float = 0, target: str = "b", name: str = "", gesture: str = "", **fields: object) -> Event:
    """A click reported by a log record; `name` is its `data-otel-action-name`."""
    facts: dict[str, object] = {"browser.css_selector": f"#{target}", "browser.tag_name": "BUTTON"}
    if name:
        facts["browser.element.attributes"] = {"action-name": name}
    known = Gesture(gesture) if gesture else NO_GESTURE
    detail = Interaction("click", record_target(facts, mask=False), gesture=known, service="shop")
    return event(EventClass.INTERACTION, start_ms, detail=detail, is_record=True, **fields)  # type: ignore[arg-type]


def custom(start_ms: float = 0, name: str = "bought", length_ms: float = 0, **fields: object) -> Event:
    detail = Custom(name, {"context.cart.amount": 42})
    return event(EventClass.CUSTOM, start_ms, length_ms, detail=detail, **fields)  # type: ignore[arg-type]


def request(start_ms: float, length_ms: float = 50, **fields: object) -> Event:
    return event(EventClass.RESOURCE, start_ms, length_ms, **fields)  # type: ignore[arg-type]


def image(start_ms: float, length_ms: float = 50, **fields: object) -> Event:
    """A resource that keeps no page busy."""
    out = request(start_ms, length_ms, **fields)
    out.is_request = False
    return out


def request_record(written_ms: float, fetch_start_ms: float, duration_ms: float = 50, **fields: object) -> Event:
    """A request reported by a log record, which was written later; its times are those of the page."""
    timing = Timing(at(written_ms), round(fetch_start_ms * MS), round((fetch_start_ms + duration_ms) * MS))
    return event(EventClass.RESOURCE, written_ms, detail=timing, is_record=True, **fields)  # type: ignore[arg-type]


def mutation(start_ms: float, length_ms: float = 0, **fields: object) -> Event:
    return event(EventClass.MUTATION, start_ms, length_ms, **fields)  # type: ignore[arg-type]


def task(start_ms: float, length_ms: float, **fields: object) -> Event:
    return event(EventClass.LONG_TASK, start_ms, length_ms, **fields)  # type: ignore[arg-type]


def frame(start_ms: float, length_ms: float, reported_ms: float | None = None, **fields: object) -> Event:
    """A long animation frame, reported so long after its start, else at its end."""
    detail = Frame(at(start_ms + (length_ms if reported_ms is None else reported_ms)))
    return event(EventClass.FRAME, start_ms, length_ms, detail=detail, **fields)  # type: ignore[arg-type]


def made_by(gesture: str, type: str, start_ms: float = 0, **fields: object) -> Event:
    """What a gesture made: an `input`, a `scroll` or a `selection`."""
    return event(EventClass.USER_ACTIVITY, start_ms, detail=UserActivity(gesture, type), **fields)  # type: ignore[arg-type]


def page_exit(start_ms: float, **fields: object) -> Event:
    return event(EventClass.PAGE_EXIT, start_ms, **fields)  # type: ignore[arg-type]


def inp(start_ms: float, **fields: object) -> Event:
    """A web vital: how long an interaction took, by its record."""
    return event(EventClass.INP, start_ms, is_record=True, **fields)  # type: ignore[arg-type]


def error(at_ms: float, message: str = "", **fields: object) -> Event:
    """A span without a parent that has an error."""
    return event(EventClass.ERROR, at_ms, faults=[(at_ms, message)], **fields)  # type: ignore[arg-type]


def document(start_ms: float, **fields: object) -> Event:
    return event(EventClass.DOCUMENT, start_ms, **fields)  # type: ignore[arg-type]


class Driven:
    """An assembler with a clock of its own, and what it let go."""

    def __init__(self, **settings: object) -> None:
        self.assembler = Assembler(replace(Settings(), **settings), Inheritance([]), lambda _, added: added)  # type: ignore[arg-type]
        self.now_ns = 0
        self.out: dict[object, dict[str, object]] = {}
        self.times: list[object] = []

    def take(
        self,
        *events: Event,
        session: str = "s",
        attributes: Mapping[str, object] | None = None,
        beside_action: bool = True,
    ) -> None:
        """Let events come; `beside_action`: their request has an interaction or a custom action."""
        for one in events:
            key = SessionKey("shop", session, b"" if session else one.id[:16])
            self.assembler.observe(one, key, self.now_ns, lambda: attributes or {}, beside_action)

    def wait(self, seconds: float, step_s: float = 0.2) -> None:
        """Let time go by in ticks."""
        end_ns = self.now_ns + round(seconds * SECOND)
        while self.now_ns < end_ns:
            self.now_ns = min(end_ns, self.now_ns + round(step_s * SECOND))
            self._keep(self.assembler.evict(self.now_ns))
            self._keep(self.assembler.due(self.now_ns))

    def evict(self, more_bytes: int = 0) -> None:
        self._keep(self.assembler.evict(self.now_ns, more_bytes))

    def session(self, session: str = "s") -> Session:
        """The session with this id."""
        found = self.assembler.memory.session(SessionKey("shop", session))
        assert found is not None
        return found

    def drain(self) -> None:
        self._keep(self.assembler.drain(self.now_ns))

    def actions(self) -> list[object]:
        """The numbers of the action spans that came out."""
        return [number for number, added in self.out.items() if "action.name" in added]

    def actions_of(self, number: int) -> list[object]:
        """The numbers of the action spans whose actions this one is of, oldest first."""
        added = self.out[number]
        ids = added.get("action.ids") or [id for id in [added.get("action.id")] if id]
        heads = {self.out[head]["action.id"]: head for head in self.actions()}
        return [heads[id] for id in ids]  # type: ignore[attr-defined]

    def _keep(self, slices: Iterable[list[Released]]) -> None:
        for some in slices:
            for payload, added in some:
                self.times.append(payload)
                self.out[payload] = dict(added or {})


def decided(*events: Event, **settings: object) -> Driven:
    """What becomes of events that come at once, when all has been let go."""
    driven = Driven(**settings)
    driven.take(*events)
    driven.wait(4 * WAIT / SECOND)
    return driven


def kind_name(event: Event) -> str:
    """What an event is, as a word."""
    return next(name for name, value in vars(EventClass).items() if value == event.kind)


def signs(*events: Event) -> list[object]:
    """The frustration of each action, by its number."""
    driven = decided(*events, dead_click=DeadClick.ALWAYS)
    return [driven.out[number].get("action.frustration.type") for number in sorted(driven.actions())]  # type: ignore[type-var]


def explained(*events: Event, **settings: Any) -> list[Explanation]:
    """What is said of the actions of these events, in order of their decision."""
    said: list[Explanation] = []
    driven = Driven(**settings)

    def hear(action: Action, added: Mapping[str, object], page: Page) -> None:
        said.append(explain(action, added, page, Settings(**settings)))

    driven.assembler.listener = hear
    driven.take(*events)
    driven.drain()
    return said


def remembering(*pairs: tuple[Event, SessionKey]) -> Memory:
    """A memory that holds these events."""
    out = Memory(WAIT, Counters())
    for one, key in pairs:
        session = out.session_of(one, key)
        one.arrived_ns = 0
        out.add(session, one)
        session.held.append(one)
    return out
