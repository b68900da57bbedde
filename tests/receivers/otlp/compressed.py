"""Bodies as clients compress them, by the name of the encoding."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Mapping

import cramjam
import grpc
import lz4.frame
import zstandard

from otelrum.receivers.otlp.answers import Refusal


def snappy_block(data: bytes) -> bytes:
    return bytes(cramjam.snappy.compress_raw(data))


def snappy_framed(data: bytes) -> bytes:
    return bytes(cramjam.snappy.compress(data))


COMPRESS: Mapping[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "zlib": zlib.compress,
    "zstd": zstandard.compress,
    "lz4": lz4.frame.compress,
    "snappy": snappy_block,
    "x-snappy-framed": snappy_framed,
}


MIB = 1 << 20


class Held:
    """Adds up what is reserved, and refuses at a limit."""

    def __init__(self, most: int = 1 << 62) -> None:
        self.parts: list[int] = []
        self._most = most

    def __call__(self, size_bytes: int) -> None:
        if sum(self.parts) + size_bytes > self._most:
            raise Refusal(grpc.StatusCode.UNAVAILABLE, 503, "full", 1.0)
        self.parts.append(size_bytes)
