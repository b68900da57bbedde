"""Decompression of HTTP bodies, bounded while it runs: a bomb costs no more than the limit."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, Protocol

import grpc
import zstandard

from otelrum.receivers.otlp.answers import Refusal, too_large

# What is inflated between two turns of the loop: about 2 ms of work.
TURN_BYTES = 1 << 20

# RFC 8878 section 3.1.1.1.2: a decoder should support 8 MiB and may refuse more.
ZSTD_WINDOW_BYTES = 8 << 20


class Decoder(Protocol):
    """What zlib and zstandard give."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, /) -> bytes: ...


class Codec(NamedTuple):
    """How to make a decoder, and how much of a body it gets at once."""

    decoder: Callable[[], Decoder]
    piece_bytes: int


# Deflate grows at most 1032 times, and four bytes of zstd become at most a block of 128 KiB
# (RFC 8878 section 3.1.1.2): a piece becomes at most 1 MiB, or 8 MiB.
GZIP = Codec(lambda: zlib.decompressobj(31), 1024)
ZLIB = Codec(lambda: zlib.decompressobj(15), 1024)
ZSTD = Codec(lambda: zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW_BYTES).decompressobj(), 256)

CODECS: Mapping[str, Codec] = {"gzip": GZIP, "deflate": ZLIB, "zlib": ZLIB, "zstd": ZSTD}


async def inflate(body: bytes, encoding: str, limit_bytes: int, hold: Callable[[int], None]) -> bytes:
    """The decompressed body, each part told to `hold` when it is there.

    Raises Refusal: unknown encoding, broken stream, over the limit, or what `hold` raises.
    """
    codec = CODECS.get(encoding)
    if codec is None:
        raise Refusal(grpc.StatusCode.INVALID_ARGUMENT, 400, f"unknown Content-Encoding {encoding!r:.40}")
    parts: list[bytes] = []
    size_bytes = turn_began_at = 0
    try:
        for part in _parts(codec, body):
            size_bytes += len(part)
            if size_bytes > limit_bytes:
                raise too_large(limit_bytes)
            hold(len(part))
            parts.append(part)
            if size_bytes - turn_began_at > TURN_BYTES:
                turn_began_at = size_bytes
                await asyncio.sleep(0)
    except (zlib.error, zstandard.ZstdError, EOFError) as error:
        raise Refusal(grpc.StatusCode.INVALID_ARGUMENT, 400, f"broken {encoding} body: {error}") from error
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _parts(codec: Codec, body: bytes) -> Iterator[bytes]:
    """One stream and nothing after it: exporters send no more, and a million empty ones cost time."""
    decoder = codec.decoder()
    for start in range(0, len(body), codec.piece_bytes):
        if decoder.eof:
            raise EOFError("there is more after its end")
        yield decoder.decompress(body[start : start + codec.piece_bytes])
    if decoder.unused_data:
        raise EOFError("there is more after its end")
    if body and not decoder.eof:
        raise EOFError("it ends too early")
