"""Decompression of HTTP bodies, bounded while it runs: a bomb costs no more than the limit."""

from __future__ import annotations

import zlib
from collections.abc import Awaitable, Callable, Iterator, Mapping
from functools import partial
from typing import NamedTuple, Protocol

import grpc
import lz4.frame
import zstandard

from otelrum.receivers.otlp.answers import Refusal
from otelrum.receivers.otlp.inflated import BrokenBody, Inflated
from otelrum.receivers.otlp.snappy import snappy, snappy_framed

# RFC 8878 section 3.1.1.1.2: a decoder should support 8 MiB and may refuse more.
ZSTD_WINDOW_BYTES = 8 << 20

# A writer that is flushed often makes a member each time. Members that hold nothing cost some
# microseconds each, and a body has room for millions of them.
MAX_MEMBERS = 1000


class Decoder(Protocol):
    """What zlib, zstandard and lz4 give."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes | None: ...

    def decompress(self, data: bytes, /) -> bytes: ...


class Stream(NamedTuple):
    """How to make a decoder, how much of a body it gets at once, and how many streams may stand in a row."""

    decoder: Callable[[], Decoder]
    chunk_bytes: int
    most_members: int


# Deflate grows at most 1032 times, LZ4 255 times, and four bytes of zstd become at most a block of 128 KiB
# (RFC 8878 section 3.1.1.2): a piece becomes at most 1 MiB, with LZ4 a block of 4 MiB more, or 8 MiB.
# RFC 1952 section 2.2, RFC 8878 section 3 and LZ4's frame format let streams follow each other; RFC 1950 does not.
GZIP = Stream(lambda: zlib.decompressobj(31), 1024, MAX_MEMBERS)
ZLIB = Stream(lambda: zlib.decompressobj(15), 1024, 1)
ZSTD = Stream(lambda: zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW_BYTES).decompressobj(), 256, MAX_MEMBERS)
LZ4 = Stream(lz4.frame.LZ4FrameDecompressor, 4096, MAX_MEMBERS)


async def _streamed(stream: Stream, body: bytes, into: Inflated) -> None:
    for part in _parts(stream, body):
        into.count(len(part))
        await into.add(part)


def _parts(stream: Stream, body: bytes) -> Iterator[bytes]:
    """What the members of a body hold. Raises BrokenBody, and what the decoders raise."""
    decoder, members, at = stream.decoder(), 1, 0
    while at < len(body):
        if decoder.eof:
            members += 1
            if members > stream.most_members:
                raise BrokenBody("there is more after its end")
            decoder = stream.decoder()
        end = at + stream.chunk_bytes
        yield decoder.decompress(body[at:end])
        at = min(end, len(body)) - len(decoder.unused_data or b"")
    if not decoder.eof:
        raise BrokenBody("it ends too early")


CODECS: Mapping[str, Callable[[bytes, Inflated], Awaitable[None]]] = {
    "gzip": partial(_streamed, GZIP),
    "deflate": partial(_streamed, ZLIB),
    "zlib": partial(_streamed, ZLIB),
    "zstd": partial(_streamed, ZSTD),
    "lz4": partial(_streamed, LZ4),
    "snappy": snappy,
    "x-snappy-framed": snappy_framed,
}

# What the decoders raise over bytes that are not theirs; lz4 has no type of its own.
BROKEN = (BrokenBody, zlib.error, zstandard.ZstdError, RuntimeError)


async def inflate(body: bytes, encoding: str, limit_bytes: int, hold: Callable[[int], None]) -> bytes:
    """The decompressed body; what each part takes is reserved by `hold`.

    Raises Refusal: unknown encoding, broken stream, over the limit, or what `hold` raises.
    """
    codec = CODECS.get(encoding)
    if codec is None:
        raise Refusal(grpc.StatusCode.INVALID_ARGUMENT, 400, f"unknown Content-Encoding {encoding!r:.40}")
    if not body:
        return body
    into = Inflated(limit_bytes, hold)
    try:
        await codec(body, into)
    except BROKEN as error:
        raise Refusal(grpc.StatusCode.INVALID_ARGUMENT, 400, f"broken {encoding} body: {error}") from error
    return into.body()
