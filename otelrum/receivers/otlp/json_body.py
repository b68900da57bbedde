"""JSON bodies: as objects they are many times as large as on the wire, so that is limited before any is made."""

from __future__ import annotations

import asyncio
import re

import grpc

from otelrum.otlp.batch import Signal
from otelrum.otlp.json import from_json
from otelrum.receivers.otlp.answers import Refusal, too_large

# A value costs some 200 bytes while it is read: these are 100 MiB, and five thousand spans of twenty attributes.
MAX_VALUES = 500_000

# From here on reading takes tens of milliseconds, which the loop must not wait for.
THREAD_BYTES = 256 << 10

# Python keeps a text in one byte a character, or two where one is no ASCII, or four where one is beyond 16 bits.
BEYOND_16_BITS = re.compile(rb"[\xf0-\xff]")


class JsonReader:
    """Makes protobuf of JSON. Large bodies are read one after the other, beside the loop."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._one_large = asyncio.Lock()

    async def read(self, signal: Signal, body: bytes) -> bytes:
        """The protobuf of a request. Raises MalformedOtlp, and Refusal where it is too large."""
        if len(body) <= THREAD_BYTES:
            return from_json(signal, body)
        async with self._one_large:
            self._check(body)
            return await asyncio.to_thread(from_json, signal, body)

    def _check(self, body: bytes) -> None:
        width = 1 if body.isascii() else 4 if BEYOND_16_BITS.search(body) else 2
        if len(body) * width > self._limit_bytes:
            raise too_large(self._limit_bytes)
        if body.count(b",") + body.count(b"{") + body.count(b"[") > MAX_VALUES:
            raise Refusal(
                grpc.StatusCode.RESOURCE_EXHAUSTED, 413, f"more than {MAX_VALUES} values in a request of JSON"
            )
