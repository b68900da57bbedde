"""What is said of a decided action, case by case, are the rule's own figures (SPEC sections 5 and 8)."""

from __future__ import annotations

from typing import Any

import pytest

from otelrum.actions.model import Event
from tests.actions.made import at, click, custom, error, explained, made_by, mutation, request, task


def ended(*events: Event, **settings: Any) -> str:
    return explained(*events, **settings)[0].why_ended


# ---------------------------------------------------------------------- the end
def test_the_last_activity_and_the_wait_after_it_are_reported() -> None:
    (explanation,) = explained(click(0, id=1), request(20, 180, url="https://shop/api/cart?x=1", method="POST"))
    assert explanation.why_ended == "Ended after 200 ms: POST /api/cart was last, then nothing for 100 ms."
    assert [(gap.start_ns, gap.end_ns) for gap in explanation.quiet if gap.is_end] == [(at(200), at(300))]
    assert [line.label for line in explanation.lines if line.is_last] == ["POST /api/cart"]


def test_what_came_just_too_late_is_reported_with_how_much() -> None:
    assert "; the next was a page change, 4 ms too late." in ended(click(0), mutation(50), mutation(154))


def test_the_longest_pause_that_did_not_end_it_is_reported() -> None:
    (explanation,) = explained(click(0), mutation(10), mutation(103), mutation(110))
    assert (
        explanation.near_miss
        == "Its longest pause was 93 ms, from 10 ms until a page change: 7 ms more would have ended it."
    )


def test_a_browser_that_was_blocked_had_longer() -> None:
    assert "(and 51 ms more, because the browser was blocked)" in ended(click(0), mutation(50), task(140, 60))


def test_without_activity_nothing_is_said_to_be_last() -> None:
    (explanation,) = explained(click(0), mutation(101))
    assert explanation.why_ended.startswith(
        "No activity: nothing happened within 100 ms of the click; the next was a page change"
    )
    assert not [line for line in explanation.lines if line.is_last]


def test_an_action_that_is_cut_names_what_still_ran() -> None:
    assert ended(click(0), request(5, 60_000, url="https://shop/poll")) == (
        "Cut after 10 s: the page was not quiet for 100 ms by then; /poll was still running."
    )


def test_a_moment_has_no_end() -> None:
    assert ended(custom(0, name="buy")).startswith("A moment")


# ---------------------------------------------------------------------- frustration
def test_a_rage_says_its_clicks() -> None:
    (explanation,) = explained(click(0), click(200), click(900))
    assert explanation.frustration[0] == (
        "Rage: 3 clicks on the same target, three of them within 1 s: at 0 ms, 200 ms, 900 ms."
    )


def test_a_dead_click_is_reported_as_one() -> None:
    (explanation,) = explained(click(0), mutation(5000))
    assert explanation.frustration == ["Dead: nothing happened, and a click on this target should do something."]


@pytest.mark.parametrize(
    ("events", "why"),
    [
        ([click(0)], "it cannot be known"),
        ([click(0, gesture="g"), made_by("g", "scroll", 5), mutation(5000)], "the user did something with it (scroll)"),
        ([click(0, page={"target_element": "TEXTAREA"}), mutation(5000)], "may rightly do nothing"),
    ],
)
def test_a_click_without_activity_that_is_not_dead_says_why(events: list[Event], why: str) -> None:
    (explanation,) = explained(*events)
    assert (
        len(explanation.frustration) == 1
        and explanation.frustration[0].startswith("Not dead: ")
        and why in explanation.frustration[0]
    )


def test_errors_are_reported_with_when() -> None:
    (explanation,) = explained(click(0), mutation(20), error(33, "x is undefined"))
    assert explanation.frustration == ["Errors: 1. x is undefined at 33 ms."]
