"""Spans that name no session move to that of their nearest ancestor that has one (SPEC section 3)."""

from __future__ import annotations

from otelrum.actions.adoption import adopt
from otelrum.actions.memory import Memory
from otelrum.actions.model import Event, SessionKey
from otelrum.actions.session import Session
from tests.actions.made import Driven, click, mutation, remembering, request, span_id

WAIT_S = 16


A, B = SessionKey("shop", "a"), SessionKey("shop", "b")


TRACE = SessionKey("shop", "", span_id(1)[:16])


def session_of(memory: Memory, event: Event) -> Session:
    """The session that an event is in."""
    session = memory.session(event.key)
    assert session is not None
    return session


def test_what_came_before_its_parent_moves_to_the_parent_s_session() -> None:
    child, grandchild = request(5, id=2, parent=1), request(6, id=3, parent=2)
    known = remembering((grandchild, TRACE), (child, TRACE), (click(0, id=1), A))
    (adopting,) = adopt(session_of(known, child), known)
    assert adopting.key == A and {child.key, grandchild.key} == {A}
    assert adopting.held[-2:] == [grandchild, child]


def test_a_mutation_that_moves_to_another_session_shows_nothing_of_the_one_that_it_left() -> None:
    driven = Driven()
    driven.take(mutation(5, id=2, parent=1, view=""), session="")
    driven.take(click(0, id=1), session="s")
    driven.take(click(0, id=3, view=""), session="")
    driven.wait(2 * WAIT_S)
    assert "action.frustration.type" not in driven.out[3]


def test_what_has_no_parent_with_a_session_stays_in_its_trace() -> None:
    orphan, root = request(5, id=2, parent=77), request(6, id=3)
    known = remembering((orphan, TRACE), (root, TRACE), (click(0, id=1), A))
    assert adopt(session_of(known, orphan), known) == []
    assert {orphan.key, root.key} == {TRACE}


def test_a_click_that_came_before_its_parent_is_decided_in_the_parent_s_session() -> None:
    driven = Driven()
    driven.take(click(10, id=2, parent=1, view=""), session="")
    driven.take(click(0, id=1), session="s")
    driven.wait(2 * WAIT_S)
    assert driven.actions() == [1] and driven.actions_of(2) == [1]
