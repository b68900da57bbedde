"""How much a piece of a request becomes when it is decoded: its fields count, not its bytes."""

from __future__ import annotations

from typing import Final

from google.protobuf.descriptor import Descriptor

from otelrum.otlp.errors import MalformedOtlp
from otelrum.otlp.fields import DELIMITED, Fields, Unusual

MAX_FIELDS: Final = 1_000_000
"""Some 150 MiB of Python objects. One item with more is made to be expensive."""

MAX_DEPTH: Final = 100
"""As deep as protobuf reads."""


def check_weight(data: bytes, descriptor: Descriptor) -> None:
    """Raises MalformedOtlp where a message has more fields than may be decoded at once."""
    try:
        _count_down(data, Fields(data, 0, len(data)), descriptor, MAX_FIELDS, MAX_DEPTH)
    except Unusual:
        raise MalformedOtlp("broken, or written as no encoder writes it") from None


def _count_down(data: bytes, fields: Fields, descriptor: Descriptor, left: int, depth: int) -> int:
    """How many fields of `left` are left behind this message."""
    while fields.next():
        left -= 1
        if left < 0 or depth < 0:
            raise MalformedOtlp(f"an item of more than {MAX_FIELDS} fields, or deeper than {MAX_DEPTH}")
        field = descriptor.fields_by_number.get(fields.tag >> 3) if fields.tag & 7 == DELIMITED else None
        if field is not None and field.message_type is not None:
            inner = Fields(data, fields.start, fields.stop)
            left = _count_down(data, inner, field.message_type, left, depth - 1)
    return left
