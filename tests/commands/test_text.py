"""Actions as text for a terminal."""

from __future__ import annotations

from otelrum.commands.text import line
from tests.commands.runs import CART, PAY, run


def test_an_action_is_one_line() -> None:
    assert line(PAY) == "00:00:00.123     1.25 s  Click on Pay  dead click, rage click, 2 resources, 1 error"


def test_a_name_that_would_move_the_cursor_is_only_text() -> None:
    said = run("-", stdin=CART.replace(b"Add to cart", b"\\u001b[2J\\u0007gone"))
    assert "\x1b" not in said.output and "\x07" not in said.output and "gone" in said.output
