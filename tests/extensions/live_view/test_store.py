"""What is kept of actions has a limit in bytes: the oldest go."""

from __future__ import annotations

import pytest

from tests.extensions.live_view.live import finished, running

pytestmark = pytest.mark.anyio


async def test_the_oldest_actions_go_where_there_is_no_room() -> None:
    async with running(max_mib=1) as live:
        for n in range(20):
            live.publish(finished(str(n), size=100_000))
        kept = [data["id"] for name, data in await live.events() if name == "action"]
    assert kept == [str(n) for n in range(20 - len(kept), 20)]
    assert 8 <= len(kept) <= 10


async def test_an_action_that_is_larger_than_all_room_is_not_kept() -> None:
    async with running(max_mib=1) as live:
        live.publish(finished("huge", size=2 << 20))
        live.publish(finished("small"))
        assert [data["id"] for name, data in await live.events() if name == "action"] == ["small"]
