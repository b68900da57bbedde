"""What tells a log record apart from all others, where a span has its ids (SPEC section 6)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from otelrum.otlp.pb.views_pb2 import RecordView
from otelrum.processors.rum_action.resources import ResourceFacts


def record_id(record: RecordView, name: str, time_ns: int, resource: ResourceFacts) -> bytes:
    """Names a record among all: copies have the same event name, time and attributes (SPEC section 6)."""
    digest = hashlib.blake2b(f"{resource.service}\n{resource.session}\n{name}\n{time_ns}\n".encode(), digest_size=16)
    for part in _parts(record):
        digest.update(part)
    return digest.digest()


def _parts(record: RecordView) -> Iterator[bytes]:
    yield record.body.SerializeToString(deterministic=True)
    for key in sorted(record.attributes):
        yield key.encode()
        yield record.attributes[key].SerializeToString(deterministic=True)
