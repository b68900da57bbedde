"""Events and assemblers for tests of the domain, made of values."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import replace

from otelrum.actions.assembler import Assembler, Released
from otelrum.actions.inherit import Inheritance
from otelrum.actions.model import Event, Interaction, Kind
from otelrum.actions.session import SessionKey
from otelrum.actions.settings import MS, SECOND, Settings
from otelrum.actions.target import span_target

T0 = 1_760_000_000 * SECOND
WAIT = Settings().decision_wait_ns

_numbers = itertools.count(1)


def event(kind: Kind, start_ms: float, length_ms: float = 0, view: str = "v", id: int = 0, trace: int = 1) -> Event:
    """An event at so many ms; its payload is its number."""
    number = id or next(_numbers)
    start_ns = T0 + round(start_ms * MS)
    detail = Interaction("click", span_target({"target_xpath": '//*[@id="b"]'}, False))
    return Event(
        kind,
        start_ns,
        start_ns + round(length_ms * MS),
        id=trace.to_bytes(16) + number.to_bytes(8),
        view=view,
        detail=detail if kind is Kind.INTERACTION else None,
        is_request=kind is Kind.RESOURCE,
        payload=None if kind in (Kind.DOCUMENT, Kind.OTHER) else number,
        extra_bytes=500,
    )


def click(start_ms: float = 0, **told: object) -> Event:
    return event(Kind.INTERACTION, start_ms, **told)  # type: ignore[arg-type]


def request(start_ms: float, length_ms: float = 50, **told: object) -> Event:
    return event(Kind.RESOURCE, start_ms, length_ms, **told)  # type: ignore[arg-type]


class Driven:
    """An assembler with a clock of its own, and what it let go."""

    def __init__(self, **settings: object) -> None:
        self.assembler = Assembler(replace(Settings(), **settings), Inheritance([]), lambda _, added: added)  # type: ignore[arg-type]
        self.now_ns = 0
        self.out: dict[object, dict[str, object]] = {}
        self.times: list[object] = []

    def take(self, *events: Event, session: str = "s") -> None:
        for one in events:
            self.assembler.observe(one, SessionKey("shop", session), self.now_ns, dict)

    def wait(self, seconds: float, step_s: float = 0.2) -> None:
        """Let time go by in ticks."""
        end_ns = self.now_ns + round(seconds * SECOND)
        while self.now_ns < end_ns:
            self.now_ns = min(end_ns, self.now_ns + round(step_s * SECOND))
            self._keep(self.assembler.relieve(self.now_ns))
            self._keep(self.assembler.due(self.now_ns))

    def relieve(self, more_bytes: int = 0) -> None:
        self._keep(self.assembler.relieve(self.now_ns, more_bytes))

    def drain(self) -> None:
        self._keep(self.assembler.drain(self.now_ns))

    def _keep(self, slices: Iterable[list[Released]]) -> None:
        for some in slices:
            for payload, added in some:
                self.times.append(payload)
                self.out[payload] = dict(added or {})
