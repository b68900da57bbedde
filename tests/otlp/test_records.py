"""A record read from its bytes says what the full message says."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

from otelrum.otlp.records import RecordFacts
from otelrum.otlp.values import any_value, attributes
from tests.otlp.messages import pairs, texts, values

times = st.integers(0, 2**64 - 1)
records = st.builds(
    LogRecord,
    time_unix_nano=times,
    observed_time_unix_nano=times,
    event_name=texts,
    attributes=pairs,
    trace_id=st.binary(max_size=16),
    span_id=st.sampled_from([b"", bytes(8), b"s" * 8]),
    body=values.map(any_value),
)


@given(records)
def test_its_fields_are_those_of_the_full_message(record: LogRecord) -> None:
    found = RecordFacts(record.SerializeToString())
    own = attributes(record.attributes)
    assert {key: found.attributes[key] for key in own} == own
    assert (found.trace_id, found.span_id) == (record.trace_id, record.span_id.strip(b"\0") and record.span_id)
    assert found.time_ns == (record.time_unix_nano or record.observed_time_unix_nano)
    assert found.name == record.event_name or not record.event_name


@given(records, records)
def test_records_that_differ_in_what_makes_copies_equal_have_other_digests(one: LogRecord, other: LogRecord) -> None:
    def named(record: LogRecord) -> tuple[object, ...]:
        facts = RecordFacts(record.SerializeToString())
        last = {pair.key: pair.value.SerializeToString(deterministic=True) for pair in record.attributes}
        return facts.name, facts.time_ns, last, record.body.SerializeToString(deterministic=True)

    digests = [RecordFacts(record.SerializeToString()).digest(b"r") for record in (one, other)]
    assert (digests[0] == digests[1]) is (named(one) == named(other))


def test_a_record_of_another_resource_is_another() -> None:
    facts = RecordFacts(LogRecord(event_name="x").SerializeToString())
    assert facts.digest(b"a") == facts.digest(b"a") != facts.digest(b"b")
