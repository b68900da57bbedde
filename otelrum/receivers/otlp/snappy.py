"""Snappy in both its formats: one block with its size at the head, and chunks in frames.

    block:  size of the content (varint), then the content; no mark distinguishes it from other bytes
    framed: chunk, chunk, ...      a chunk: type (1 byte), size of its data (3 bytes), data

The framing is walked here, so that no more is decompressed at once than may be held; what stands in
the chunks, their checksums included, is the library's (snappy's "framing_format.txt").
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import cramjam

from otelrum.receivers.otlp.inflated import YIELD_BYTES, BrokenBody, Inflated

STREAM_BEGINS = b"\xff\x06\x00\x00sNaPpY"
HEAD_BYTES = 4

# "framing_format.txt" section 4.2: what a chunk holds at most.
MAX_CHUNK_BYTES = 64 << 10

CHUNKS_AT_ONCE = YIELD_BYTES // MAX_CHUNK_BYTES

# A writer that is flushed at each KiB makes as many of 64 MiB. Empty ones cost time, and a body has room for millions.
MAX_CHUNKS = 1 << 16


async def snappy(body: bytes, into: Inflated) -> None:
    """Either format: senders use one name for both."""
    if body.startswith(STREAM_BEGINS):
        await snappy_framed(body, into)
    else:
        await _block(body, into)


async def snappy_framed(body: bytes, into: Inflated) -> None:
    """A stream of chunks. Raises BrokenBody, and Refusal at a limit."""
    if not body.startswith(STREAM_BEGINS):
        raise BrokenBody("it does not begin as a framed stream")
    for chunks in _chunks(body):
        part = _decompressed(chunks)
        into.count(len(part))
        await into.add(part)


async def _block(body: bytes, into: Inflated) -> None:
    try:
        size_bytes = cramjam.snappy.decompress_raw_len(body)
        into.count(size_bytes)
        decompress = cramjam.snappy.decompress_raw
        content = decompress(body) if size_bytes <= YIELD_BYTES else await asyncio.to_thread(decompress, body)
    except cramjam.DecompressionError as error:
        raise BrokenBody(str(error)) from None
    await into.add(bytes(content))


def _chunks(body: bytes) -> Iterator[bytes]:
    """Some chunks at a time, each time as a stream of its own."""
    begin = at = count = 0
    while at < len(body):
        if count == MAX_CHUNKS:
            raise BrokenBody(f"more than {MAX_CHUNKS} chunks")
        end = at + HEAD_BYTES + int.from_bytes(body[at + 1 : at + HEAD_BYTES], "little")
        if at + HEAD_BYTES > len(body) or end > len(body):
            raise BrokenBody("it ends too early")
        count, at = count + 1, end
        if count % CHUNKS_AT_ONCE == 0:
            yield STREAM_BEGINS + body[begin:at]
            begin = at
    if begin < at:
        yield STREAM_BEGINS + body[begin:at]


def _decompressed(stream: bytes) -> bytes:
    try:
        return bytes(cramjam.snappy.decompress(stream))
    except cramjam.DecompressionError as error:
        raise BrokenBody(str(error)) from None
