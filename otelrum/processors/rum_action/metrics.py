"""Shows what the domain counts as the processor's own metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from otelrum.actions.assembler import Assembler
from otelrum.actions.counters import Reason
from otelrum.collector.component import Build
from otelrum.processors.rum_action.outbox import Outbox


def observe_counters(
    build: Build,
    assemblers: Callable[[], Sequence[Assembler]],
    outbox: Outbox,
    now_ns: Callable[[], int],
    action_types: Iterable[str],
) -> None:
    """Register every number of `rum_action`, summed over its domains; they are read when somebody looks."""
    own = {"component": str(build.id)}
    observe = build.telemetry.observe

    def total(read: Callable[[Assembler], float]) -> Callable[[], float]:
        return lambda: sum(map(read, assemblers()))

    held, held_bytes = total(lambda one: one.counters.held), total(lambda one: one.memory.bytes)
    observe("otelrum_action_held_items", lambda: held() + outbox.items, **own)
    observe("otelrum_action_held_bytes", lambda: held_bytes() + outbox.bytes, **own)
    observe("otelrum_action_pages", total(lambda one: one.memory.pages), **own)
    # The lag of a log's partitions comes from the broker.
    observe("otelrum_action_oldest_hold_seconds", lambda: assemblers()[0].memory.oldest_hold_ns(now_ns()) / 1e9, **own)
    observe("otelrum_action_late", total(lambda one: one.counters.late), **own)
    observe("otelrum_action_too_late", total(lambda one: one.counters.too_late), **own)
    observe("otelrum_action_forgotten_views", total(lambda one: one.counters.evicted_views), **own)
    for reason in Reason:
        for action_type in (*action_types, "custom"):
            of = (action_type, reason)
            observe("otelrum_action_decided", total(_decided(of)), type=action_type, reason=reason, **own)
        observe("otelrum_action_forced", total(_forced(reason)), reason=reason, **own)
    counters = assemblers()[0].counters
    for rule in range(len(counters.name_rules)):
        observe("otelrum_action_rule_matches", total(_named(rule)), list="names", rule=str(rule), **own)
    for rule in range(len(counters.ignore_rules)):
        observe("otelrum_action_rule_matches", total(_ignored(rule)), list="ignore_frustration", rule=str(rule), **own)


def _decided(of: tuple[str, Reason]) -> Callable[[Assembler], float]:
    return lambda one: one.counters.decided[of]


def _named(rule: int) -> Callable[[Assembler], float]:
    return lambda one: one.counters.name_rules[rule]


def _ignored(rule: int) -> Callable[[Assembler], float]:
    return lambda one: one.counters.ignore_rules[rule]


def _forced(reason: Reason) -> Callable[[Assembler], float]:
    return lambda one: one.counters.forced[reason]
