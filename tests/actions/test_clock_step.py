"""An action's window begins 1 ms before the action, because browsers round their clocks (SPEC section 5)."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otelrum.actions import clock_step
from otelrum.actions.clock_step import is_over_ns, latest_t0_ns, opens_ns
from otelrum.actions.settings import MS

T0_NS = 1_767_225_600_000_000_000


def test_the_window_opens_1_ms_before_the_action() -> None:
    assert opens_ns(T0_NS) == T0_NS - MS


@given(st.integers(0, 1 << 64), st.integers(-2 * MS, 2 * MS))
def test_both_sides_of_the_rule_are_one(t0_ns: int, by_ns: int) -> None:
    assert (opens_ns(t0_ns) <= t0_ns + by_ns) == (t0_ns <= latest_t0_ns(t0_ns + by_ns))


def test_a_page_that_was_blocked_looks_again_1_ms_later() -> None:
    assert is_over_ns(T0_NS) == T0_NS + MS


@pytest.mark.parametrize("path", sorted(Path(clock_step.__file__).parent.glob("*.py")), ids=lambda path: path.stem)
def test_no_other_file_knows_the_1_ms(path: Path) -> None:
    assert path.stem == "clock_step" or "CLOCK_STEP" not in path.read_text()
    assert path.stem == "settings" or " - MS" not in path.read_text()
