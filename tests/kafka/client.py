"""What tests ask of the broker themselves."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from confluent_kafka import Consumer, KafkaException, Message, Producer, TopicPartition

PATIENCE_S = 40.0


async def until(is_so: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
    """Return when it is so. Raises AssertionError where it never is."""
    end = time.monotonic() + patience_s
    while not is_so():
        assert time.monotonic() < end, "it never came to that"
        await asyncio.sleep(0.02)


def write(
    broker: str, topic: str, values: list[bytes], partition: int = 0, headers: dict[str, str] | None = None
) -> None:
    """Write these to one partition; returns when the broker has them."""
    producer = Producer({"bootstrap.servers": broker, "message.max.bytes": 5_000_000})
    for value in values:
        producer.produce(topic, value, partition=partition, headers=list((headers or {}).items()))
    assert producer.flush(PATIENCE_S) == 0


def committed(broker: str, group: str, topic: str, partition: int = 0) -> int:
    """The group's offset; below 0 where it has none, or the broker does not know yet."""
    consumer = Consumer({"bootstrap.servers": broker, "group.id": group})
    try:
        (place,) = consumer.committed([TopicPartition(topic, partition)], PATIENCE_S)
    except KafkaException:
        return -1
    finally:
        consumer.close()
    return place.offset


def read_all(broker: str, topic: str, partitions: int) -> list[Message]:
    """Every message of a topic, by partition."""
    consumer = Consumer({"bootstrap.servers": broker, "group.id": "reader", "enable.auto.commit": False})
    places = [TopicPartition(topic, number) for number in range(partitions)]
    ends = [consumer.get_watermark_offsets(place, PATIENCE_S)[1] for place in places]
    consumer.close()
    return read(broker, topic, sum(ends), partitions)


def read(broker: str, topic: str, count: int, partitions: int = 3) -> list[Message]:
    """The first so many messages of a topic, by partition."""
    consumer = Consumer({"bootstrap.servers": broker, "group.id": "reader", "enable.auto.commit": False})
    consumer.assign([TopicPartition(topic, number, 0) for number in range(partitions)])
    out: list[Message] = []
    end = time.monotonic() + PATIENCE_S
    while len(out) < count and time.monotonic() < end:
        out += [message for message in consumer.consume(count - len(out), 0.5) if message.error() is None]
    consumer.close()
    return sorted(out, key=lambda message: (message.partition(), message.offset()))
