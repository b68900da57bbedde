"""Takes attributes out of a span or log record by their keys, as the bytes that they are.

What encoders write is walked along; anything else is read by the protobuf package. Both find the same
(property tests say so).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from otelrum.otlp.batch import Signal
from otelrum.otlp.fields import Fields, Unusual
from otelrum.otlp.values import delimited

_LOGS: Final = Signal.LOGS
_SPAN_ATTRIBUTES: Final = 0x4A  # the tag of Span.attributes
_RECORD_ATTRIBUTES: Final = 0x32  # the tag of LogRecord.attributes
_KEY: Final = 0x0A  # the tag of KeyValue.key
_TAGS: Final = {Signal.TRACES: b"\x4a", Signal.LOGS: b"\x32"}

_MAX_REMEMBERED: Final = 4096
"""Keys of which it is known whether they fit; pages may send any."""


def written(attributes: Sequence[bytes], signal: Signal) -> bytes:
    """Selected attributes as fields of a span or log record: appended to its other fields, they are its own."""
    tag = _TAGS[signal]
    return tag + tag.join(attributes) if attributes else b""


class Selection:
    """The attributes whose key is one of these names, in which `*` stands for any text."""

    __slots__ = ("_fitting", "_known")

    def __init__(self, patterns: Iterable[str]) -> None:
        fitting = "|".join(re.escape(pattern).replace(r"\*", ".*") for pattern in patterns)
        self._fitting = re.compile(fitting.encode(), re.DOTALL)
        self._known: dict[bytes, bool] = {}

    def of(self, item: bytes, signal: Signal) -> list[bytes]:
        """The attributes of an item that fit, in their order: each a field without its tag, which is the signal's."""
        is_record = signal is _LOGS
        try:
            return self._walked(item, _RECORD_ATTRIBUTES if is_record else _SPAN_ATTRIBUTES)
        except Unusual:
            found = (LogRecord if is_record else Span).FromString(item).attributes
            return [delimited(b"", pair.SerializeToString()) for pair in found if self._fits(pair.key.encode())]

    def _walked(self, item: bytes, tag: int) -> list[bytes]:
        out = []
        fields, pair = Fields(item, 0, len(item)), Fields(item, 0, 0)
        while fields.next():
            if fields.tag == tag:
                pair.enter(fields.start, fields.stop)
                key = b""
                while pair.next():  # of several keys the last one counts
                    if pair.tag == _KEY:
                        key = item[pair.start : pair.stop]
                if self._fits(key):
                    out.append(item[fields.begin + 1 : fields.stop])
        return out

    def _fits(self, key: bytes) -> bool:
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= _MAX_REMEMBERED:
                self._known.clear()
            known = self._known[key] = self._fitting.fullmatch(key) is not None
        return known
