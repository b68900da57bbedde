"""The facts of a log record, read from its bytes (opentelemetry.proto.logs.v1.LogRecord)."""

from __future__ import annotations

import hashlib
from typing import Final

from mypy_extensions import mypyc_attr

from otelrum.otlp.pb.views_pb2 import RecordView
from otelrum.otlp.values import mapped, python_value

_DIGEST_BYTES: Final = 16


@mypyc_attr(acyclic=True)
class RecordFacts:
    """The fields of a record that decide what it is (SPEC section 12)."""

    __slots__ = ("_view", "attributes", "body", "name", "span_id", "time_ns", "trace_id")

    def __init__(self, data: bytes) -> None:
        """`data` is a valid record."""
        view = RecordView.FromString(data)
        self._view = view
        self.time_ns: int = view.time_unix_nano or view.observed_time_unix_nano
        self.trace_id: bytes = view.trace_id
        self.span_id: bytes = view.span_id if any(view.span_id) else b""
        self.body = python_value(view.body)
        own = mapped(view.attributes)
        self.attributes = {**self.body, **own} if isinstance(self.body, dict) else own
        """Its attributes, and what its body's map has beside them."""
        attribute = self.attributes.get("event.name")
        self.name: str = view.event_name or (attribute if isinstance(attribute, str) else "")

    def digest(self, resource: bytes) -> bytes:
        """Names it among all, as its ids name a span: copies have the same event name, time, attributes and resource
        (SPEC section 6)."""
        view = self._view
        parts = [resource, self.name.encode(), b"%d" % self.time_ns, view.body.SerializeToString(deterministic=True)]
        for key in sorted(view.attributes):
            parts.append(key.encode())
            parts.append(view.attributes[key].SerializeToString(deterministic=True))
        identity = b"".join([b"%d:%b" % (len(part), part) for part in parts])
        return hashlib.blake2b(identity, digest_size=_DIGEST_BYTES).digest()
