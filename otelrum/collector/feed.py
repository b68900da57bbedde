"""News of actions for whoever looks at them: the live page, a terminal. Bounded, lossy, plain values.

Nobody may rely on it: what must not be lost is a connector's work on the items themselves. Where nobody
listens it costs one `if`; where somebody does, at most as many actions a second as the listeners ask for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from otelrum.otlp.batch import Batch

Value = Mapping[str, object]
"""What JSON can say."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A decided action: a line of a list, all that is known of it, and the items that it was made of, as they came."""

    id: str
    summary: Value
    detail: Value
    items: Sequence[Batch]


@dataclass(frozen=True, slots=True)
class Pending:
    """The actions that are not decided yet, of very many the latest. Each says when it will be (`due_ms` from now)."""

    source: str
    """The component that publishes: each replaces only its own earlier news."""
    actions: Sequence[Value]


@dataclass(frozen=True, slots=True)
class Missed:
    """So many actions were decided, but not published: there were more than anybody asked for."""

    count: int


@dataclass(frozen=True, slots=True)
class RefusedOrigin:
    """A page may not send to this collector, because `cors.allowed_origins` does not name its origin."""

    origin: str


@dataclass(frozen=True, slots=True)
class Findings:
    """What the sending pages lack, and the line that would mend it."""

    source: str
    findings: Sequence[Value]


News = Finished | Pending | Missed | RefusedOrigin | Findings


class Listener(Protocol):
    """Who looks."""

    @property
    def actions_a_second(self) -> int:
        """How many are of use."""
        ...

    def hear(self, news: News) -> None:
        """Must return at once, and keep no more than it has room for."""
        ...


class Feed:
    """One for all components of a collector."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    @property
    def is_heard(self) -> bool:
        """Whether it is worth while to publish anything."""
        return bool(self._listeners)

    @property
    def actions_a_second(self) -> int:
        """How many actions a second are of use to somebody."""
        return max((listener.actions_a_second for listener in self._listeners), default=0)

    def listen(self, listener: Listener) -> None:
        """From now on it hears all news."""
        self._listeners.append(listener)

    def leave(self, listener: Listener) -> None:
        """It hears no more; safe when it never listened."""
        if listener in self._listeners:
            self._listeners.remove(listener)

    def publish(self, news: News) -> None:
        """Hand news to every listener."""
        for listener in self._listeners:
            listener.hear(news)
