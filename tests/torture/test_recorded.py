"""Recorded sessions as new ones: other ids and times, the same actions."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from otelrum.otlp.batch import Signal
from tests.processors.rum_action.in_process import Received, Run
from tests.torture.recorded import Recording, Renewed, recordings

pytestmark = pytest.mark.anyio

LATER_NS = 10**15


async def played(requests: Sequence[tuple[float, Signal, bytes]]) -> list[Received]:
    run = Run()
    assert await run.take(requests) == []
    return await run.end()


def actions(items: list[Received]) -> list[tuple[object, ...]]:
    keys = ("action.name", "action.loading_time", "action.resource.count", "action.end_reason")
    found = (tuple(one.attributes.get(key) for key in keys) for one in items if "action.type" in one.attributes)
    return sorted(found, key=repr)


@pytest.mark.parametrize("recording", recordings())
async def test_a_renewed_session_has_the_actions_of_the_recorded_one_under_other_ids(recording: Recording) -> None:
    renewed = Renewed(b"salt", LATER_NS)
    again = [(at, signal, renewed.request(signal, body).SerializeToString()) for at, signal, body in recording.requests]
    first, second = await played(recording.requests), await played(again)
    assert actions(first) == actions(second) != []
    ids = [{one.attributes["action.id"] for one in items if "action.id" in one.attributes} for items in (first, second)]
    assert len(ids[0]) == len(ids[1])
    assert not ids[0] & ids[1]
