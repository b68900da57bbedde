"""What a Kafka message says: which signal, whose request, when it came, or only that time has passed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from confluent_kafka import Message

from otelrum.collector.kafka import CLIENT_HEADER, SIGNAL_HEADER
from otelrum.otlp.batch import Batch, Client, Signal
from otelrum.otlp.errors import MalformedOtlp
from otelrum.otlp.json import from_json
from otelrum.receivers.kafka.config import KafkaReceiverConfig

TICK_HEADER: Final = "otelrum.tick"
"""On an empty request: time passes. To any other reader it is a request without items."""

_OWN: Final = frozenset({SIGNAL_HEADER, CLIENT_HEADER, TICK_HEADER})


class Record(NamedTuple):
    """A message as it was read: nothing of its value is looked at yet."""

    topic: str
    number: int
    """The number of its partition."""
    offset: int
    time_ns: int
    key: bytes | None
    value: bytes
    headers: Mapping[str, str]

    @property
    def is_tick(self) -> bool:
        return TICK_HEADER in self.headers


def record_of(message: Message) -> Record:
    """A message's facts; of headers with one name the last counts."""
    headers = {name: _text(value) for name, value in dict(message.headers() or ()).items()}
    _, milliseconds = message.timestamp()
    return Record(
        message.topic() or "",
        message.partition() or 0,
        message.offset() or 0,
        milliseconds * 1_000_000,
        message.key(),
        message.value() or b"",
        headers,
    )


def _text(value: str | bytes | None) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value or ""


class Reading:
    """Makes batches of records."""

    def __init__(self, config: KafkaReceiverConfig, signals: frozenset[Signal]) -> None:
        """`signals` are those that a pipeline takes."""
        self._config = config
        self._by_topic: dict[str, list[Signal]] = {}
        for signal in Signal:
            if signal in signals:
                for topic in config.topics(signal):
                    self._by_topic.setdefault(topic, []).append(signal)

    @property
    def topics(self) -> list[str]:
        """All topics that are read."""
        return list(self._by_topic)

    def batch(self, record: Record) -> Batch | None:
        """The request in a record; None where no pipeline takes its signal. Raises MalformedOtlp."""
        signal = self._signal(record)
        if signal is None:
            return None
        data = record.value
        if self._config.incoming(signal).encoding == "otlp_json":
            data = from_json(signal, data)
        batch = Batch(signal, data, _client(record.headers))
        batch.items  # noqa: B018  counted at the door: what is no request is refused here
        return batch

    def past_batch(self, record: Record) -> Batch | None:
        """The same of a record that was read before: one that could not be read was set aside then."""
        try:
            return self.batch(record)
        except MalformedOtlp:
            return None

    def _signal(self, record: Record) -> Signal | None:
        known = self._by_topic.get(record.topic, [])
        header = record.headers.get(SIGNAL_HEADER)
        if header is None:
            if len(known) == 1:
                return known[0]
            raise MalformedOtlp(f"no header {SIGNAL_HEADER}, and {record.topic} has several signals")
        return next((signal for signal in known if signal == header), None)


def _client(headers: Mapping[str, str]) -> Client:
    kept = {name.lower(): value for name, value in headers.items() if name not in _OWN}
    return Client(headers.get(CLIENT_HEADER, ""), kept)


def client_headers(client: Client) -> list[tuple[str, str | bytes | None]]:
    """The headers from which `Reading` makes this client again."""
    address: list[tuple[str, str | bytes | None]] = [(CLIENT_HEADER, client.address)] if client.address else []
    return [*address, *client.headers.items()]
