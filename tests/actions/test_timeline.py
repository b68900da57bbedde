"""What happened around an action, on one axis: what is of it, outside, ignored, and the quiet between."""

from __future__ import annotations

from otelrum.actions.explain import MAX_LINES
from tests.actions.made import at, click, explained, image, mutation, request


def test_what_lay_outside_and_what_is_ignored_are_distinguished() -> None:
    (explanation,) = explained(click(0), mutation(50), request(400, 10), request(20, 700, keeps_busy=False))
    assert {(line.what, line.role) for line in explanation.lines} == {
        ("click", "member"),
        ("mutation", "member"),
        ("request", "outside"),
        ("request", "ignored"),
    }


def test_an_image_is_no_busy_time_but_its_end_is_activity() -> None:
    (explanation,) = explained(click(0), image(10, 60))
    assert explanation.quiet[0][:2] == (at(0), at(70))


def test_a_page_of_very_much_makes_no_endless_text() -> None:
    (explanation,) = explained(click(0), *(mutation(n / 10) for n in range(1000)))
    assert len(explanation.lines) == MAX_LINES and explanation.more_lines == 1001 - MAX_LINES


def test_a_name_as_long_as_a_page_likes_is_cut() -> None:
    (explanation,) = explained(click(0), request(1, 5, url="https://shop/" + "x" * 100_000))
    assert max(len(line.label) for line in explanation.lines) < 300 and len(explanation.why_ended) < 500
