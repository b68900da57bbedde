"""Short forms of what `python -m tests.torture.*` does for minutes."""

from __future__ import annotations

import pytest

from tests.torture.away import away
from tests.torture.overload import RECOVERED_S, Limits, overload
from tests.torture.run import faults, torture
from tests.torture.sampling import sampled
from tests.torture.stop import stop
from tests.torture.victim import FAST


def test_nothing_acknowledged_is_lost_or_changed_by_kill_9() -> None:
    account, backend = torture(kills=6, stops=1, users=12, seed=3)
    assert account.kills == 6 and len(account.acknowledged) > 20
    assert sum(faults(account, backend).values()) == 0, faults(account, backend)


def test_what_is_held_at_sigterm_leaves_before_the_end() -> None:
    acknowledged, missing, _ = stop(mib=1, answer_ms=5, journal=False)
    assert acknowledged and not missing


def test_what_was_acknowledged_while_the_backend_was_away_arrives_and_the_rest_is_refused_for_now() -> None:
    outcome = away(seconds=3, rate=6000, storage_mib=2, memory_mib=1000, waits=FAST)
    assert outcome.heard.acknowledged and outcome.heard.refused
    assert not outcome.missing and outcome.is_honest


def test_beyond_its_limits_it_refuses_for_now_and_loses_nothing() -> None:
    outcome = overload(seconds=4, limits=Limits(held_mib=2, queue_mib=4), journal=True, after_s=RECOVERED_S)
    assert outcome.flood.acknowledged and outcome.flood.refused
    assert not outcome.missing and outcome.is_honest and outcome.after.acknowledged


@pytest.mark.anyio
async def test_the_account_closes_when_whole_actions_are_left_out() -> None:
    await sampled(20_000)
