"""Shows what the domain counts as the processor's own metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from otelrum.actions.assembler import Assembler
from otelrum.actions.tally import Reason
from otelrum.collector.component import Build
from otelrum.processors.rum_action.outbox import Outbox


def show_tally(
    build: Build, assembler: Assembler, outbox: Outbox, now_ns: Callable[[], int], action_types: Iterable[str]
) -> None:
    """Register every number of `rum_action`; they are read when somebody looks."""
    tally, memory = assembler.tally, assembler.memory
    own = {"component": str(build.id)}
    gauge = build.telemetry.gauge
    gauge("otelrum_action_held_items", lambda: tally.held + outbox.items, **own)
    gauge("otelrum_action_held_bytes", lambda: memory.bytes + outbox.bytes, **own)
    gauge("otelrum_action_pages", lambda: memory.pages, **own)
    gauge("otelrum_action_oldest_hold_seconds", lambda: assembler.oldest_hold_ns(now_ns()) / 1e9, **own)
    gauge("otelrum_action_late", lambda: tally.late, **own)
    gauge("otelrum_action_too_late", lambda: tally.too_late, **own)
    gauge("otelrum_action_forgotten_views", lambda: tally.forgotten_views, **own)
    for reason in Reason:
        for action_type in (*action_types, "custom"):
            read = partial(tally.decided.__getitem__, (action_type, reason))
            gauge("otelrum_action_decided", read, type=action_type, reason=reason, **own)
        gauge("otelrum_action_forced", partial(tally.forced.__getitem__, reason), reason=reason, **own)
