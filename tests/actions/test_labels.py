"""What events are called in lines and sentences for people."""

from __future__ import annotations

import pytest

from otelrum.actions.labels import MAX_TEXT, label, ms, short, what
from otelrum.actions.model import Event
from otelrum.actions.settings import MS, SECOND
from tests.actions.made import click, custom, error, frame, image, made_by, mutation, page_exit, request, task


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (request(0, method="POST", url="https://shop.example/api?x=1"), ("request", "POST /api")),
        (request(0, url="data:,"), ("request", ",")),
        (request(0), ("request", "request")),
        (image(0, url="https://shop.example/a.png"), ("resource", "/a.png")),
        (click(0), ("click", "click")),
        (custom(0, name="bought  it"), ("custom", "bought it")),
        (mutation(0), ("mutation", "a page change")),
        (task(0, 60), ("task", "a long task")),
        (frame(0, 60), ("frame", "a long animation frame")),
        (error(0), ("error", "an error")),
        (made_by("g", "scroll"), ("activity", "scroll")),
        (page_exit(0), ("exit", "the page exit")),
    ],
)
def test_each_class_has_its_word_and_its_label(one: Event, expected: tuple[str, str]) -> None:
    assert (what(one), label(one)) == expected


def test_a_text_is_one_line_and_no_longer_than_a_line() -> None:
    assert short("a\n b\tc") == "a b c"
    assert short("x" * MAX_TEXT) == "x" * MAX_TEXT
    assert short("x" * (MAX_TEXT + 1)) == "x" * MAX_TEXT + " [...]"


@pytest.mark.parametrize(
    ("duration_ns", "expected"),
    [(297 * MS, "297 ms"), (MS * 2 // 5, "0.4 ms"), (SECOND * 5 // 2, "2.5 s"), (0, "0 ms"), (-20 * MS, "-20 ms")],
)
def test_a_duration_reads_as_people_write_it(duration_ns: int, expected: str) -> None:
    assert ms(duration_ns) == expected
