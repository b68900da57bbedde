"""Bodies as clients compress them, by the name of the encoding."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Mapping

import cramjam
import lz4.frame
import zstandard


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
