"""The contract of every component: what it gets, what it must do, who owns the data after a call.

Lifecycle, for all: `start` is called at most once, exporters first and receivers last; `shutdown`
must be safe without `start` and when called twice. After `shutdown` returned nothing of the
component runs any more.
"""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from otelrum.collector.clock import Clock
from otelrum.collector.feed import Feed
from otelrum.collector.sections import Section
from otelrum.collector.telemetry import Telemetry
from otelrum.otlp.batch import Batch, Signal

_TYPE = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}")
_MAX_NAME = 1024


def _check_name(text: str, slash: str, name: str) -> None:
    """The OpenTelemetry Collector's rule: no spaces, control characters and symbols."""
    if slash and not name:
        raise ValueError(f"{text!r} has nothing after the slash")
    if len(name) > _MAX_NAME or any(unicodedata.category(char)[0] in "ZCS" for char in name):
        raise ValueError(f"{name!r} is no name: up to {_MAX_NAME} characters, no spaces and symbols")


@dataclass(frozen=True, slots=True, order=True)
class ComponentId:
    """`type` or `type/name`, as it stands in the configuration."""

    type: str
    name: str = ""

    @classmethod
    def parse(cls, text: str) -> ComponentId:
        """Raises ValueError when the text is no id."""
        type, slash, name = (part.strip() for part in text.partition("/"))
        if not _TYPE.fullmatch(type):
            raise ValueError(f"{type!r} is no type: a letter, then up to 62 letters, digits and underscores")
        _check_name(text, slash, name)
        return cls(type, name)

    def __str__(self) -> str:
        return f"{self.type}/{self.name}" if self.name else self.type


@dataclass(frozen=True, slots=True, order=True)
class PipelineId:
    """`traces` or `traces/name`, as it stands under `service::pipelines`."""

    signal: Signal
    name: str = ""

    @classmethod
    def parse(cls, text: str) -> PipelineId:
        """Raises ValueError when the text is no id."""
        signal, slash, name = (part.strip() for part in text.partition("/"))
        if signal not in list(Signal):
            raise ValueError(f"{signal!r} is none of {', '.join(Signal)}")
        _check_name(text, slash, name)
        return cls(Signal(signal), name)

    def __str__(self) -> str:
        return f"{self.signal}/{self.name}" if self.name else str(self.signal)


@dataclass(frozen=True, slots=True)
class Build:
    """What code (not the user) gives a component when it is made."""

    id: ComponentId
    clock: Clock
    telemetry: Telemetry
    log: logging.Logger
    feed: Feed = field(default_factory=Feed)
    """One for the whole collector."""


class Host(Protocol):
    """The service, as a started component sees it."""

    def extension(self, id: ComponentId) -> Component:
        """A running extension. Raises ConfigError when `service::extensions` does not list it."""
        ...

    def fail(self, error: BaseException) -> None:
        """Report that this component cannot go on: the service stops, exit status 1."""
        ...


class Component(Protocol):
    """Something with a life."""

    async def start(self, host: Host) -> None:
        """Open what is needed. May raise; then the service does not start."""
        ...

    async def shutdown(self, deadline_ns: int) -> None:
        """Stop taking, send on what is held, end. `deadline_ns` is on the clock's `now_ns`.

        What cannot be sent on by then is counted as dropped with reason `shutdown`
        (or stays in the journal, where there is one).
        """
        ...


class Consumer(Protocol):
    """The next step of a pipeline."""

    async def consume(self, batch: Batch) -> None:
        """Take a batch. Returns when it is as safe as this pipeline promises.

        Raises PermanentError or RetryableError, and then has kept nothing of it. May wait
        (back-pressure), may be called concurrently, never changes the batch.
        """
        ...


class Receiver(Component, Protocol):
    """Takes data from outside and gives it to the consumers connected to it."""

    def connect(self, signal: Signal, consumer: Consumer) -> None:
        """Called before `start`, at most once a signal (the graph fans out)."""
        ...


class Processor(Component, Protocol):
    """Stands in one pipeline or, where its factory says `shared`, in several under one id."""

    def connect(self, pipeline: PipelineId, next_consumer: Consumer) -> Consumer:
        """Called before `start`, once a pipeline: the consumer that this pipeline calls."""
        ...


class Exporter(Component, Consumer, Protocol):
    """Sends data out; one instance for all signals and pipelines that name it."""


class Connector(Receiver, Exporter, Protocol):
    """An exporter of some pipelines and a receiver of others; one instance for all of them.

    `consume` returns when the consumers that it is connected to have taken what it made of the batch:
    so a journal before it may drop its copy, and a storage behind it has all.
    """


@runtime_checkable
class ReadinessWatcher(Protocol):
    """An extension or a processor that hears when data is taken, and when no longer."""

    def ready(self) -> None:
        """Everything has started."""
        ...

    def not_ready(self) -> None:
        """The collector stops, or fails to start; called before any component ends."""
        ...


ConfigModel = type[Section]


@dataclass(frozen=True, slots=True)
class Factory:
    """One row of the table of components.

    `create` makes the component from a valid config and a Build. A `shared` processor is made once
    an id, any other once a pipeline. A connector takes `signals` and makes `made_signals`.
    """

    type: str
    config: ConfigModel
    create: Callable[..., Component]
    signals: frozenset[Signal] = frozenset(Signal)
    made_signals: frozenset[Signal] = frozenset()
    shared: bool = False
    aliases: tuple[str, ...] = ()
