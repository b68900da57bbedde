"""What a user can set on the `kafka` receiver. Keys are the OpenTelemetry Collector's but for two sections."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import Field, model_validator

from otelrum.collector.kafka import DEFAULT_TOPICS, KafkaClientConfig, Properties, TopicConfig, milliseconds
from otelrum.collector.sections import Duration, Section
from otelrum.otlp.batch import Signal

Strategy = Literal["range", "roundrobin", "cooperative-sticky"]


class IncomingTopics(TopicConfig):
    """Where requests of one signal come from."""

    topics: list[str] = []


class Autocommit(Section):
    """How often offsets are committed: of what has left the exporters, and of nothing else."""

    interval: Duration = timedelta(seconds=1)


class ErrorBackoff(Section):
    """When a batch that the pipeline refused for now is tried again."""

    initial_interval: Duration = timedelta(milliseconds=500)
    max_interval: Duration = timedelta(seconds=5)


class DeadLetters(Section):
    """Where messages go that cannot be read; without a topic they are logged and counted."""

    topic: str = ""


class StateTopic(Section):
    """The compacted topic of the durable facts of sessions. It is created where it is missing."""

    topic: str = "otelrum_state"
    replication_factor: int = Field(default=-1, ge=-1)


class KafkaReceiverConfig(KafkaClientConfig):
    """Reads requests; an offset is committed when all of its request has left."""

    traces: IncomingTopics = IncomingTopics()
    logs: IncomingTopics = IncomingTopics()
    metrics: IncomingTopics = IncomingTopics()
    group_id: str = "otel-collector"
    initial_offset: Literal["latest", "earliest"] = "latest"
    session_timeout: Duration = timedelta(seconds=10)
    heartbeat_interval: Duration = timedelta(seconds=3)
    # The same partition of all topics has one owner: `range` promises it, the others do not.
    group_rebalance_strategies: list[Strategy] = ["range"]
    group_instance_id: str = ""
    min_fetch_size: int = Field(default=1, ge=1)
    max_fetch_size: int = Field(default=1 << 20, ge=1)
    max_fetch_wait: Duration = timedelta(milliseconds=250)
    max_partition_fetch_size: int = Field(default=1 << 20, ge=1)
    autocommit: Autocommit = Autocommit()
    error_backoff: ErrorBackoff = ErrorBackoff()
    dead_letters: DeadLetters = DeadLetters()
    state: StateTopic = StateTopic()

    @model_validator(mode="after")
    def _one_owner(self) -> KafkaReceiverConfig:
        several = len({*self.topics(Signal.TRACES), *self.topics(Signal.LOGS)}) > 1
        if several and self.group_rebalance_strategies != ["range"]:
            raise ValueError(
                "group_rebalance_strategies: traces and logs in several topics have one owner with range alone"
            )
        return self

    def incoming(self, signal: Signal) -> IncomingTopics:
        """How requests of a signal are read."""
        return {Signal.TRACES: self.traces, Signal.LOGS: self.logs, Signal.METRICS: self.metrics}[signal]

    def topics(self, signal: Signal) -> list[str]:
        """Where requests of a signal come from."""
        return self.incoming(signal).topics or [DEFAULT_TOPICS[signal]]

    def consumer_properties(self) -> Properties:
        """The consumer's settings under librdkafka's names."""
        static: Properties = {"group.instance.id": self.group_instance_id} if self.group_instance_id else {}
        return {
            **self.client_properties(),
            **static,
            "group.id": self.group_id,
            "auto.offset.reset": self.initial_offset,
            "session.timeout.ms": milliseconds(self.session_timeout),
            "heartbeat.interval.ms": milliseconds(self.heartbeat_interval),
            "partition.assignment.strategy": ",".join(self.group_rebalance_strategies),
            "fetch.min.bytes": self.min_fetch_size,
            "fetch.max.bytes": max(self.max_fetch_size, self.max_partition_fetch_size),
            "fetch.wait.max.ms": milliseconds(self.max_fetch_wait),
            "max.partition.fetch.bytes": self.max_partition_fetch_size,
            # Offsets are committed here, when their requests have left.
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            # Prefetched messages are thrown away with each pause and rebalance: few are enough.
            "queued.max.messages.kbytes": 8 << 10,
        }
