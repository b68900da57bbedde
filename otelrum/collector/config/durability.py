"""Configurations that keep something on disk and can lose it all the same (docs/reliability.md)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from otelrum.collector.component import ComponentId
from otelrum.collector.config.read import Configuration, Pipeline
from otelrum.collector.factories import ComponentKind


def durability_warnings(config: Configuration) -> Iterator[str]:
    """What a user who wants nothing lost would want to know, a sentence each."""
    for id in dict.fromkeys(id for pipeline in config.pipelines.values() for id in _exporters(config, pipeline)):
        exporter = config.components[ComponentKind.EXPORTERS][id].config
        if _queue_storage(exporter) and _gives_up(exporter):
            yield (
                f"exporters::{id}: what is on disk is dropped when it was not sent for a time; "
                "retry_on_failure::max_elapsed_time: 0s keeps it until the backend is back"
            )
    for name, pipeline in config.pipelines.items():
        yield from (f"pipelines::{name}: {gap}" for gap in _between(config, pipeline))


def _between(config: Configuration, pipeline: Pipeline) -> Iterator[str]:
    """Whoever has it on disk drops it when the next one has it."""
    processors, exporters = config.components[ComponentKind.PROCESSORS], config.components[ComponentKind.EXPORTERS]
    keeping = [id for id in pipeline.processors if getattr(processors[id].config, "storage", None)]
    for id in pipeline.processors if keeping else ():
        if getattr(processors[id].config, "needs_storage", False) and id not in keeping:
            yield (
                f"{keeping[0]} keeps what it holds on disk, but {id} drops in a crash what it has decided; "
                f"{id}::storage keeps it too"
            )
    for id in dict.fromkeys(_exporters(config, pipeline)) if keeping else ():
        queue = getattr(exporters[id].config, "sending_queue", None)
        if queue is not None and queue.enabled and not queue.storage:
            yield (
                f"{keeping[0]} keeps what it holds on disk, but what it has sent on is only in the memory of {id}; "
                "sending_queue::storage keeps it too"
            )


def _exporters(config: Configuration, pipeline: Pipeline) -> Iterator[ComponentId]:
    """Where the data of a pipeline ends, also behind connectors, which may run in a circle."""
    seen, ahead = [pipeline], [pipeline]
    while ahead:
        for id in ahead.pop().exporters:
            if config.kind_at(ComponentKind.EXPORTERS, id) is ComponentKind.EXPORTERS:
                yield id
                continue
            behind = [each for each in config.pipelines.values() if id in each.receivers and each not in seen]
            seen += behind
            ahead += behind


def _queue_storage(config: Any) -> str | None:
    queue = getattr(config, "sending_queue", None)
    return queue.storage if queue is not None and queue.enabled else None


def _gives_up(config: Any) -> bool:
    return bool(not config.retry_on_failure.enabled or config.retry_on_failure.max_elapsed_time)
