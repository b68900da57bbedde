"""Attributes are taken out by their keys, byte for byte, as a full parse finds them."""

from __future__ import annotations

from fnmatch import fnmatchcase

from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from otelrum.otlp.batch import Signal
from otelrum.otlp.select import Selection, written

PATTERNS = ["action.*", "session.id", "a*z"]
KEYS = st.sampled_from(["action.id", "action.", "session.id", "session_id", "xsession.id", "az", "abz", "ab", "", "ü"])
PAIRS = st.lists(st.builds(lambda key, n: KeyValue(key=key, value=AnyValue(int_value=n)), KEYS, st.integers(0, 9)))


@given(PAIRS, st.text(max_size=5))
def test_what_fits_is_taken_in_its_order(pairs: list[KeyValue], name: str) -> None:
    selection = Selection(PATTERNS)
    fitting = [pair for pair in pairs if any(fnmatchcase(pair.key, pattern) for pattern in PATTERNS)]
    for item, signal in ((Span(name=name, attributes=pairs), Signal.TRACES),
                         (LogRecord(event_name=name, attributes=pairs), Signal.LOGS)):  # fmt: skip
        taken = selection.of(item.SerializeToString(), signal)
        assert type(item).FromString(written(taken, signal)) == type(item)(attributes=fitting)


def test_what_no_encoder_writes_is_read_by_the_protobuf_package() -> None:
    pair = KeyValue(key="session.id", value=AnyValue(string_value="s"))
    group = b"\xfb\x01\xfc\x01"  # a group of a field that nobody knows
    taken = Selection(PATTERNS).of(Span(attributes=[pair]).SerializeToString() + group, Signal.TRACES)
    assert LogRecord.FromString(written(taken, Signal.LOGS)) == LogRecord(attributes=[pair])


def test_of_several_keys_of_one_attribute_the_last_counts() -> None:
    twice = KeyValue(key="session.id").SerializeToString() + KeyValue(key="other").SerializeToString()
    item = b"\x4a" + bytes([len(twice)]) + twice
    assert Selection(["session.id"]).of(item, Signal.TRACES) == []
    assert written(Selection(["other"]).of(item, Signal.TRACES), Signal.TRACES) == item


def test_a_page_that_sends_ever_new_keys_fills_no_memory() -> None:
    selection = Selection(PATTERNS)
    for n in range(10_000):
        selection.of(Span(attributes=[KeyValue(key=f"k{n}")]).SerializeToString(), Signal.TRACES)
    assert len(selection._known) <= 4096
