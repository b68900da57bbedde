"""The `kafka` receiver and a real broker: what users of such receivers report most."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

from otelrum.collector.errors import PermanentError, RetryableError
from otelrum.collector.kafka import CLIENT_HEADER
from otelrum.collector.partition import Past, PastKind, Place
from otelrum.collector.telemetry import Telemetry
from otelrum.otlp.batch import Batch, Signal
from otelrum.receivers.kafka.partition import MAX_BUFFERED
from otelrum.testing import Extensions, RecordingConsumer
from tests.conftest import span_request
from tests.kafka.broker import Broker
from tests.kafka.client import committed, read, until, write
from tests.kafka.conftest import Receive

pytestmark = pytest.mark.anyio


class Holder:
    """Takes batches at once; each leaves when the test says so."""

    def __init__(self) -> None:
        self.batches: list[Batch] = []
        self.may_leave = asyncio.Event()

    async def consume(self, batch: Batch) -> None:
        assert isinstance(batch.arrival, Place)
        self.batches.append(batch)
        batch.arrival.taken.set()
        await self.may_leave.wait()


class Refusing:
    """Refuses until the test lets it."""

    def __init__(self, error: Exception) -> None:
        self.error: Exception | None = error
        self.tries = 0
        self.taken = 0

    async def consume(self, batch: Batch) -> None:
        self.tries += 1
        if self.error is not None:
            raise self.error
        self.taken += batch.items


async def test_a_request_arrives_as_it_was_sent_with_its_sender(
    broker: Broker, topic: str, receive: Receive, sink: RecordingConsumer
) -> None:
    request = span_request(2)
    write(broker.address, topic, [request], headers={CLIENT_HEADER: "192.0.2.7", "User-Agent": "Firefox"})
    await receive(sink)
    await until(lambda: len(sink.batches) == 1)
    (batch,) = sink.batches
    assert (batch.signal, batch.data) == (Signal.TRACES, request)
    assert (batch.client.address, batch.client.headers) == ("192.0.2.7", {"user-agent": "Firefox"})


async def test_offsets_do_not_move_on_while_the_pipeline_refuses(broker: Broker, topic: str, receive: Receive) -> None:
    refusing = Refusing(RetryableError("the backend is away", delay_s=0))
    write(broker.address, topic, [span_request(1)] * 3)
    await receive(refusing)
    await until(lambda: refusing.tries > 5)
    assert committed(broker.address, topic, topic) <= 0
    refusing.error = None
    await until(lambda: committed(broker.address, topic, topic) == 3)
    assert refusing.taken == 3


async def test_an_offset_is_committed_when_all_before_it_has_left(broker: Broker, topic: str, receive: Receive) -> None:
    holder = Holder()
    write(broker.address, topic, [span_request(1)] * 3)
    await receive(holder)
    await until(lambda: len(holder.batches) == 3)
    await asyncio.sleep(0.3)  # three commits
    assert committed(broker.address, topic, topic) <= 0
    holder.may_leave.set()
    await until(lambda: committed(broker.address, topic, topic) == 3)


async def test_what_nobody_can_read_is_set_aside_and_stops_nothing(
    broker: Broker, topic: str, receive: Receive, sink: RecordingConsumer
) -> None:
    telemetry = Telemetry()
    broker.create_topic(f"{topic}-dead", 1)
    write(broker.address, topic, [b"no request", span_request(1)])
    await receive(sink, telemetry, dead_letters={"topic": f"{topic}-dead"})
    await until(lambda: committed(broker.address, topic, topic) == 2)
    assert len(sink.batches) == 1
    (letter,) = read(broker.address, f"{topic}-dead", 1, partitions=1)
    assert letter.value() == b"no request"
    assert "otelrum.error" in dict(letter.headers() or ())
    assert telemetry.snapshot()["otelrum_kafka_unreadable_messages", (("receiver", "kafka"),)] == 1


async def test_a_request_that_is_refused_for_good_is_counted_and_stops_nothing(
    broker: Broker, topic: str, receive: Receive
) -> None:
    telemetry = Telemetry()
    write(broker.address, topic, [span_request(2)])
    await receive(Refusing(PermanentError("never")), telemetry)
    await until(lambda: committed(broker.address, topic, topic) == 1)
    refused = {
        labels: value for (name, labels), value in telemetry.snapshot().items() if name.endswith("refused_spans")
    }
    assert list(refused.values()) == [2]


async def test_lag_is_reported_of_each_partition_and_of_no_other(broker: Broker, topic: str, receive: Receive) -> None:
    telemetry, holder = Telemetry(), Holder()
    for partition, count in enumerate((1, 2, 4)):
        write(broker.address, topic, [span_request(1)] * count, partition)
    receiver = await receive(holder, telemetry)

    def lags() -> dict[str, float]:
        return {
            dict(labels)["partition"]: value
            for (name, labels), value in telemetry.snapshot().items()
            if name == "otelcol_kafka_receiver_offset_lag"
        }

    await until(lambda: lags() == {"0": 1, "1": 2, "2": 4})
    holder.may_leave.set()
    await until(lambda: lags() == {"0": 0, "1": 0, "2": 0})
    await receiver.shutdown(0)
    assert lags() == {}


async def test_a_member_that_is_slow_keeps_its_partitions(broker: Broker, topic: str, receive: Receive) -> None:
    holder = Holder()
    write(broker.address, topic, [span_request(1)])
    await receive(holder, session_timeout="6s")
    await until(lambda: len(holder.batches) == 1)
    await asyncio.sleep(8)  # longer than the session's timeout
    holder.may_leave.set()
    await until(lambda: committed(broker.address, topic, topic) == 1)
    assert len(holder.batches) == 1


JOIN_AND_LOG = """
import asyncio, logging, sys
from otelrum.otlp.batch import Signal
from otelrum.receivers.kafka.config import IncomingTopics, KafkaReceiverConfig
from otelrum.receivers.kafka.group import GroupConsumer
from otelrum.receivers.kafka.log import KafkaLog
from otelrum.receivers.kafka.messages import Reading

async def join(broker, topic):
    config = KafkaReceiverConfig(brokers=[broker], group_id=topic, traces=IncomingTopics(topics=[topic]))
    log = logging.getLogger("client")
    kafka, has_joined = KafkaLog(config, Reading(config, frozenset({Signal.TRACES})), log), asyncio.Event()
    noisy = config.consumer_properties() | {"debug": "cgrp"}
    group = GroupConsumer(noisy, kafka.partition_count, lambda _: has_joined.set(), print, log)
    group.subscribe([topic])
    while not has_joined.is_set():
        await group.read()
    await group.close()
    await kafka.close()

asyncio.run(join(*sys.argv[1:]))
"""


def test_a_client_that_logs_while_partitions_are_given_out_ends_nobody(broker: Broker, topic: str) -> None:
    """librdkafka's callbacks come one after the other in one read: a call that ends their state ends the process."""
    done = subprocess.run([sys.executable, "-c", JOIN_AND_LOG, broker.address, topic], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


STRATEGIES = pytest.mark.parametrize("strategy", ["range", "cooperative-sticky"])
"""What is sent in one topic may be shared out either way."""


@STRATEGIES
async def test_a_member_that_leaves_gives_its_partitions_to_the_others_who_begin_where_it_ended(
    broker: Broker, topic: str, receive: Receive, strategy: str
) -> None:
    one, other = Holder(), Holder()
    first = await receive(one, group_rebalance_strategies=[strategy])
    write(broker.address, topic, [span_request(1)] * 2)
    await until(lambda: len(one.batches) == 2)
    await receive(other, group_rebalance_strategies=[strategy])
    await first.shutdown(0)
    await until(lambda: len(other.batches) == 2)
    assert committed(broker.address, topic, topic) <= 0, "nothing has left"
    one.may_leave.set()
    other.may_leave.set()
    await until(lambda: committed(broker.address, topic, topic) == 2)


@STRATEGIES
async def test_a_partition_that_stays_goes_on_through_a_rebalance_without_reading_again(
    broker: Broker, topic: str, receive: Receive, strategy: str
) -> None:
    one, other = Holder(), Holder()
    first = await receive(one, group_rebalance_strategies=[strategy])
    for partition in range(3):
        write(broker.address, topic, [span_request(1)] * 5, partition)
    await until(lambda: len(one.batches) == 15)
    await receive(other, group_rebalance_strategies=[strategy])
    await until(lambda: len(first.numbers) < 3)
    await until(lambda: len(other.batches) == 5 * (3 - len(first.numbers)))
    assert len(one.batches) == 15


class Gate:
    """Takes nothing until it is open; then all of it leaves at once."""

    def __init__(self) -> None:
        self.offsets: dict[int, list[int]] = {}
        self.is_open = asyncio.Event()

    async def consume(self, batch: Batch) -> None:
        assert isinstance(batch.arrival, Place)
        await self.is_open.wait()
        self.offsets.setdefault(batch.arrival.partition.number, []).append(batch.arrival.offset)


@STRATEGIES
async def test_a_partition_that_was_paused_goes_on_after_a_rebalance(
    broker: Broker, topic: str, receive: Receive, strategy: str
) -> None:
    count, one, other = MAX_BUFFERED + 1500, Gate(), Gate()
    for partition in range(3):
        write(broker.address, topic, [span_request(1)] * count, partition)
    first = await receive(one, group_rebalance_strategies=[strategy])
    await until(lambda: len(first.paused) == 3)
    await receive(other, group_rebalance_strategies=[strategy])
    await until(lambda: len(first.numbers) < 3)
    one.is_open.set()
    other.is_open.set()
    await until(lambda: all(one.offsets.get(number, [0])[-1] == count - 1 for number in first.numbers))
    assert all(one.offsets[number] == list(range(count)) for number in first.numbers)


async def test_topics_whose_sessions_would_have_two_owners_are_refused(
    broker: Broker, topic: str, receive: Receive, sink: RecordingConsumer
) -> None:
    host = Extensions()
    broker.create_topic(f"{topic}-more", 4)
    await receive(sink, host=host, traces={"topics": [topic, f"{topic}-more"]})
    await until(lambda: bool(host.failures))
    assert str(host.failures[0]).endswith(f"equal numbers of partitions: {topic} has 3, {topic}-more has 4")


async def test_a_new_owner_is_shown_state_and_what_came_before(broker: Broker, topic: str, receive: Receive) -> None:
    before, state = Holder(), span_request(1, name="state")
    requests = [span_request(1, number=str(n)) for n in range(3)]
    write(broker.address, topic, requests)
    first = await receive(before)
    await until(lambda: len(before.batches) == 3)
    place = before.batches[0].arrival
    assert isinstance(place, Place)
    assert [past async for past in place.partition.past(10**12)] == []  # makes the state topic
    place.partition.remember(place, b"key", Batch(Signal.TRACES, state))
    before.may_leave.set()
    await until(lambda: committed(broker.address, topic, topic) == 3)
    await first.shutdown(0)

    after = Holder()
    write(broker.address, topic, [span_request(1, number="3")])
    await receive(after)
    await until(lambda: len(after.batches) == 1)
    seen = await _past(after.batches[0], horizon_ns=10**12)
    assert [past.batch.data for past in seen if past.batch] == requests, "the replay brings what the state would"
    seen = await _past(after.batches[0], horizon_ns=0)
    kinds = [(past.kind, past.batch.data) for past in seen if past.batch]
    assert (PastKind.STATE, state) in kinds


async def _past(batch: Batch, horizon_ns: int) -> list[Past]:
    assert isinstance(batch.arrival, Place)
    return [past async for past in batch.arrival.partition.past(horizon_ns)]
