"""Shows what the domain counts as the processor's own metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from otelrum.actions.assembler import Assembler
from otelrum.actions.counters import Reason
from otelrum.collector.component import Build
from otelrum.processors.rum_action.outbox import Outbox


def observe_counters(
    build: Build, assembler: Assembler, outbox: Outbox, now_ns: Callable[[], int], action_types: Iterable[str]
) -> None:
    """Register every number of `rum_action`; they are read when somebody looks."""
    counters, memory = assembler.counters, assembler.memory
    own = {"component": str(build.id)}
    observe = build.telemetry.observe
    observe("otelrum_action_held_items", lambda: counters.held + outbox.items, **own)
    observe("otelrum_action_held_bytes", lambda: memory.bytes + outbox.bytes, **own)
    observe("otelrum_action_pages", lambda: memory.pages, **own)
    observe("otelrum_action_oldest_hold_seconds", lambda: assembler.oldest_hold_ns(now_ns()) / 1e9, **own)
    observe("otelrum_action_late", lambda: counters.late, **own)
    observe("otelrum_action_too_late", lambda: counters.too_late, **own)
    observe("otelrum_action_forgotten_views", lambda: counters.forgotten_views, **own)
    for reason in Reason:
        for action_type in (*action_types, "custom"):
            read = partial(counters.decided.__getitem__, (action_type, reason))
            observe("otelrum_action_decided", read, type=action_type, reason=reason, **own)
        observe("otelrum_action_forced", partial(counters.forced.__getitem__, reason), reason=reason, **own)
