"""Which actions wait, and until when."""

from __future__ import annotations

from otelrum.actions.settings import SECOND
from otelrum.actions.watching import pending
from tests.actions.made import WAIT, Driven, click, custom, mutation


def test_what_makes_actions_waits_until_its_earliest_decision() -> None:
    driven = Driven()
    driven.take(click(0, id=1), mutation(5))
    driven.wait(1)
    driven.take(custom(900, id=2), session="t")
    found = pending(driven.assembler.memory.holding, WAIT, limit=10)
    assert {event.payload: due_ns for event, due_ns in found} == {1: WAIT, 2: SECOND + WAIT}


def test_what_is_decided_waits_no_more() -> None:
    driven = Driven()
    driven.take(click(0))
    driven.drain()
    assert pending(driven.assembler.memory.holding, WAIT, limit=10) == []


def test_no_more_are_listed_than_asked_for() -> None:
    driven = Driven()
    for n in range(5):
        driven.take(click(0), session=f"s{n}")
    assert len(pending(driven.assembler.memory.holding, WAIT, limit=3)) == 3
