"""A short torture: what `make torture` does for minutes."""

from __future__ import annotations

from tests.torture.run import faults, torture


def test_nothing_acknowledged_is_lost_or_changed_by_kill_9() -> None:
    account, backend = torture(kills=6, stops=0, users=12, seed=3)
    assert account.kills == 6 and len(account.acknowledged) > 20
    assert sum(faults(account, backend).values()) == 0, faults(account, backend)


def test_what_is_held_at_sigterm_leaves_before_the_end() -> None:
    account, backend = torture(kills=0, stops=2, users=12, seed=4)
    assert account.acknowledged <= backend.got.keys()
