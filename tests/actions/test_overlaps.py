"""Whether 32 actions may be ongoing at once (SPEC section 11)."""

from __future__ import annotations

import pytest

from otelrum.actions.overlaps import may_overlap


@pytest.mark.parametrize(("earlier", "starting", "expected"), [(31, 1, False), (32, 1, True), (31, 2, True)])
def test_the_thirty_third_at_once_is_one_too_many(earlier: int, starting: int, expected: bool) -> None:
    assert may_overlap([10] * earlier, [(10, 20)] * starting) is expected


def test_what_ended_before_is_not_ongoing() -> None:
    assert not may_overlap([9] * 40, [(10, 20), (21, 30)] * 20)
