"""Runs a graph until a signal or a failure ends it, and drains it within one deadline."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
from collections.abc import Callable, Iterator, Sequence

from otelrum.collector.component import Component, ComponentId, ReadinessWatcher
from otelrum.collector.errors import ConfigError, OtelrumError
from otelrum.collector.graph import Graph, StartError

log = logging.getLogger(__name__)

ENDINGS = (signal.SIGTERM, signal.SIGINT)


class Service:
    """The Host of all components."""

    def __init__(self, graph: Graph, metric_readers: Sequence[Component], grace_s: float) -> None:
        self._graph = graph
        self._metric_readers = metric_readers
        self._extensions = {member.id: member.component for member in graph.extensions}
        self._grace_s = grace_s
        self._ended = asyncio.Event()
        self._failure: BaseException | None = None
        self.has_started = False
        """Whether all components took up their work."""

    def extension(self, id: ComponentId) -> Component:
        if id not in self._extensions:
            raise ConfigError(f"extension {str(id)!r} is not listed under service::extensions")
        return self._extensions[id]

    def fail(self, error: BaseException) -> None:
        self._failure = self._failure or error
        self._ended.set()

    def stop(self) -> None:
        """End without an error, after what is held has been sent."""
        self._ended.set()

    @property
    def is_ending(self) -> bool:
        """Whether it was stopped, or failed."""
        return self._ended.is_set()

    async def run(self) -> None:
        """Returns after `stop`. Raises what could not start, or what failed."""
        try:
            await self._start()
            self.has_started = True
            _spare_the_garbage_collector()
            for watcher in self._watchers():
                watcher.ready()
            log.info("ready")
            await self._ended.wait()
        finally:
            log.info("stopping, at most %g s", self._grace_s)
            for watcher in self._watchers():
                watcher.not_ready()
            await self._shutdown(self._graph.clock.now_ns() + int(self._grace_s * 1e9))
        if self._failure is not None:
            raise self._failure
        log.info("stopped")

    async def _start(self) -> None:
        for reader in self._metric_readers:
            try:
                await reader.start(self)
            except (OtelrumError, OSError) as error:
                raise StartError(f"service::telemetry::metrics: {error}") from error
        await self._graph.start(self)

    async def _shutdown(self, deadline_ns: int) -> None:
        """The metrics stay to the last, because they say what became of the held items."""
        await self._graph.shutdown(deadline_ns)
        for reader in self._metric_readers:
            await reader.shutdown(deadline_ns)

    def _watchers(self) -> Iterator[ReadinessWatcher]:
        components = (member.component for member in (*self._graph.extensions, *self._graph.stages))
        return (each for each in components if isinstance(each, ReadinessWatcher))


def stop_on_signals(service: Service, first: Callable[[], None]) -> None:
    """SIGTERM and SIGINT call `first` and stop the service, also one that was to begin anew.

    A second one finds the system's action and ends the process.
    """
    loop = asyncio.get_running_loop()

    def stop(number: signal.Signals) -> None:
        for each in ENDINGS:
            loop.remove_signal_handler(each)
            signal.signal(each, signal.SIG_DFL)
        log.info("%s: what is held is decided and sent now; another signal ends the process at once", number.name)
        first()
        service.stop()

    for each in ENDINGS:
        loop.add_signal_handler(each, stop, each)


def _spare_the_garbage_collector() -> None:
    """What lives from the start to the end (modules, the graph) is never garbage: no pass looks at it again.

    What is held lives for many seconds and has no cycles that nobody breaks: with the thresholds of
    short programs, looking through it again and again would cost more than all other work.
    """
    gc.unfreeze()  # what an earlier service left
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
