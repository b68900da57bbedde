"""What a user can set on the `kafka` exporter. Keys are the OpenTelemetry Collector's; `partition_by` is ours."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import Field

from otelrum.collector.kafka import DEFAULT_TOPICS, KafkaClientConfig, Properties, TopicConfig, milliseconds
from otelrum.collector.sections import Duration, Section
from otelrum.exporters.sending import SendingConfig
from otelrum.otlp.batch import Signal


class OutgoingTopic(TopicConfig):
    """Where requests of one signal go. Two signals may share a topic: each message says what it is."""

    topic: str = Field(default="", max_length=249)


class Producer(Section):
    """How messages are sent. Every acknowledged message is on all brokers that are in sync by default."""

    max_message_bytes: int = Field(default=1_000_000, ge=1_000, le=1_000_000_000)
    required_acks: Literal[-1, 0, 1, "all"] = "all"
    compression: Literal["none", "gzip", "snappy", "lz4", "zstd"] = "none"
    linger: Duration = timedelta(milliseconds=10)
    flush_max_messages: int = Field(default=10_000, ge=1, le=1_000_000)
    allow_auto_topic_creation: bool = True


class SessionAttributes(Section):
    """How `partition_by: session` finds the session: as `rum_action` does, whose settings these repeat."""

    attributes: list[str] = ["session.id", "session_id", "rum.session_id", "rum.sessionId", "splunk.rumSessionId"]
    by_service: bool = True


class KafkaExporterConfig(KafkaClientConfig, SendingConfig):
    """Requests become messages; what a session sends has one key."""

    traces: OutgoingTopic = OutgoingTopic()
    logs: OutgoingTopic = OutgoingTopic()
    metrics: OutgoingTopic = OutgoingTopic()
    partition_by: Literal["", "session", "trace"] = ""
    session: SessionAttributes = SessionAttributes()
    include_metadata_keys: list[str] = []
    record_headers: dict[str, str] = {}
    producer: Producer = Producer()

    def outgoing(self, signal: Signal) -> OutgoingTopic:
        """How requests of a signal are written."""
        return {Signal.TRACES: self.traces, Signal.LOGS: self.logs, Signal.METRICS: self.metrics}[signal]

    def topic(self, signal: Signal) -> str:
        """Where requests of a signal go."""
        return self.outgoing(signal).topic or DEFAULT_TOPICS[signal]

    def producer_properties(self) -> Properties:
        """The producer's settings under librdkafka's names."""
        return {
            **self.client_properties(),
            "acks": self.producer.required_acks,
            # A retry after a lost answer must not write a message twice, nor behind a later one.
            "enable.idempotence": self.producer.required_acks in ("all", -1),
            # Whoever hears that a request was not sent sends it again: it must not arrive late all the same.
            "message.timeout.ms": milliseconds(self.timeout),
            "compression.type": self.producer.compression,
            "linger.ms": self.producer.linger.total_seconds() * 1000,
            "batch.num.messages": self.producer.flush_max_messages,
            "allow.auto.create.topics": self.producer.allow_auto_topic_creation,
            # Room for the message's frame: what is too large is refused here, item by item.
            "message.max.bytes": self.producer.max_message_bytes + _FRAME_BYTES,
            # Java's partitioner: other producers that write the same keys choose the same partitions.
            "partitioner": "murmur2_random",
        }


_FRAME_BYTES = 4096
"""A record's own fields, its key and its headers."""
