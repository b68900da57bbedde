"""What one process makes of a topic, and what a fleet does otherwise."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from otelrum.collector.kafka import SIGNAL_HEADER
from otelrum.receivers.kafka.messages import TICK_HEADER, Record
from tests.torture.one_process import Copies, one_process, unlike
from tests.torture.users import Expected, User

START_NS = 1_760_000_000 * 10**9


def records(user: User, number: int) -> tuple[Expected, list[Record]]:
    """An action of a user as it stands in one partition, and time that passes behind it."""
    requests, expected = user.act(0.0)
    headers = {SIGNAL_HEADER: "traces"}
    out = [
        Record("t", number, offset, START_NS + int(one.at_s * 1e9), None, one.body, headers)
        for offset, one in enumerate(requests)
    ]
    return expected, [*out, Record("t", number, len(out), START_NS + 10**10, None, b"", {TICK_HEADER: "1"})]


@pytest.fixture
def topic() -> Iterator[tuple[Expected, Copies]]:
    """Two users, each in a partition of its own."""
    expected, first = records(User(1, seed=1), 0)
    _, second = records(User(2, seed=1), 1)
    yield expected, one_process([*second, *first])


def test_every_span_of_every_partition_says_what_its_user_knows(topic: tuple[Expected, Copies]) -> None:
    expected, alone = topic
    (head,) = alone[expected.head]
    assert head["action.loading_time"] == expected.loading_ns
    assert head["view.name"] == "home of user-1"
    assert all(alone[member][0]["action.id"] == head["action.id"] for member in expected.members)
    assert not sum(unlike(alone, alone).values())


def test_more_copies_are_no_fault_and_less_are(topic: tuple[Expected, Copies]) -> None:
    expected, alone = topic
    assert not sum(unlike(alone, {span: copies * 2 for span, copies in alone.items()}).values())
    got = {span: copies for span, copies in alone.items() if span != expected.head}
    assert +unlike(alone, got) == {"copies in the topic that are missing": 1}


def test_a_copy_that_says_something_else_is_one_too_many(topic: tuple[Expected, Copies]) -> None:
    expected, alone = topic
    got = alone | {expected.head: [*alone[expected.head], {"action.id": "another"}], b"nobody's": [{}]}
    assert +unlike(alone, got) == {"spans unlike one process's": 1, "spans that are not in the topic": 1}
