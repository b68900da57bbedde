"""What pages do not report, found from what their actions have."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from otelrum.actions.lacks import CLOCK_JUMP_NS, ENOUGH, MAX_SERVICES, Lacks
from otelrum.actions.model import Action, Event
from otelrum.actions.page import Page
from tests.actions.made import Driven, click, mutation, request, request_record

NAMED: Mapping[str, object] = {"target.text": "Buy"}


def lacking(*actions: list[Event], session: str = "s", service: str = "shop", lacks: Lacks | None = None) -> set[str]:
    """What is missing after these actions, of which each has its events."""
    lacks = lacks or Lacks()
    for events in actions:
        driven = Driven()

        def hear(action: Action, added: Mapping[str, object], page: Page, driven: Driven = driven) -> None:
            lacks.see(service, action, added, page.events, driven.assembler.memory.spans)

        driven.assembler.listener = hear
        driven.take(*events, session=session)
        driven.drain()
    return {one.key for one in lacks.findings()}


def full() -> list[Event]:
    return [click(0, page=NAMED), mutation(5), request_record(60, 10)]


def test_pages_that_report_everything_lack_nothing() -> None:
    assert lacking(*[full() for _ in range(ENOUGH)]) == set()


def test_before_enough_actions_nothing_is_claimed() -> None:
    assert lacking(*[[click(0, view="")] for _ in range(ENOUGH - 1)]) == set()


@pytest.mark.parametrize(
    ("events", "missing"),
    [
        (lambda: [click(0, page=NAMED, view=""), mutation(5, view=""), request_record(60, 10, view="")], {"view"}),
        (lambda: [click(0, page=NAMED), request_record(60, 10)], {"mutations"}),
        (lambda: [click(0), mutation(5), request_record(60, 10)], {"names"}),
        (lambda: [click(0, page=NAMED), mutation(5)], {"records"}),
    ],
)
def test_what_no_action_has_is_missing(events: object, missing: set[str]) -> None:
    assert lacking(*[events() for _ in range(ENOUGH)]) == missing  # type: ignore[operator]


def test_spans_without_a_session_lack_one() -> None:
    assert "session" in lacking(*[[click(0, page=NAMED, id=n + 1)] for n in range(ENOUGH)], session="")


def test_requests_whose_parents_never_came_show_that_sampling_tears_sessions() -> None:
    torn = [[*full(), *(request(20 + n, parent=900 + n) for n in range(4))] for _ in range(ENOUGH)]
    assert lacking(*torn) == {"sampling"}


def test_events_of_one_page_that_came_differently_late_show_a_clock_that_jumped() -> None:
    jump_ms = CLOCK_JUMP_NS // 10**6 + 1
    assert lacking([*full(), mutation(5, jump_ms)]) == {"clock"}
    assert lacking([*full(), mutation(5, jump_ms)], lacks=Lacks(knows_arrivals=False)) == set()


def test_of_very_many_services_the_first_are_looked_at() -> None:
    lacks = Lacks()
    for n in range(MAX_SERVICES + 1):
        lacking([click(0, view="")], service=f"s{n}", lacks=lacks)
    lacking(*[[click(0, view="")]] * ENOUGH, service=f"s{MAX_SERVICES}", lacks=lacks)
    assert f"s{MAX_SERVICES}" not in {one.service for one in lacks.findings()}
