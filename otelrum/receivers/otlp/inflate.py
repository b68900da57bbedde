"""Decompression of HTTP bodies, bounded while it runs: a bomb costs no more than the limit."""

from __future__ import annotations

import asyncio
import io
import zlib
from collections.abc import Callable, Iterator

import grpc
import zstandard

from otelrum.receivers.otlp.status import Refusal, too_large

# One slice of work between two turns of the loop: about 2 ms of inflating.
SLICE_BYTES = 1 << 20

# RFC 8878 section 3.1.1.1.2: a decoder should support 8 MiB and may refuse more.
ZSTD_WINDOW_BYTES = 8 << 20

GZIP_WBITS = 31
ZLIB_WBITS = 15


async def inflate(body: bytes, encoding: str, limit_bytes: int) -> bytes:
    """The decompressed body. Raises Refusal: unknown encoding, broken stream, over the limit."""
    slices = SLICERS.get(encoding)
    if slices is None:
        raise Refusal(grpc.StatusCode.INVALID_ARGUMENT, 400, f"unknown Content-Encoding {encoding!r}")
    parts: list[bytes] = []
    size_bytes = 0
    try:
        for part in slices(body):
            if parts:
                await asyncio.sleep(0)
            parts.append(part)
            size_bytes += len(part)
            if size_bytes > limit_bytes:
                raise too_large(limit_bytes)
    except (zlib.error, zstandard.ZstdError, EOFError) as error:
        raise Refusal(grpc.StatusCode.INVALID_ARGUMENT, 400, f"broken {encoding} body: {error}") from error
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _zlib_slices(body: bytes, wbits: int) -> Iterator[bytes]:
    rest = body
    while rest:  # a gzip file may have several members
        decoder = zlib.decompressobj(wbits)
        while not decoder.eof:
            part = decoder.decompress(rest, SLICE_BYTES)
            rest = decoder.unconsumed_tail
            if not part and not rest and not decoder.eof:
                raise EOFError("it ends too early")
            yield part
        rest = decoder.unused_data


def _zstd_slices(body: bytes) -> Iterator[bytes]:
    decoder = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW_BYTES)
    reader = decoder.stream_reader(io.BytesIO(body), read_across_frames=True)
    while part := reader.read(SLICE_BYTES):
        yield part


SLICERS: dict[str, Callable[[bytes], Iterator[bytes]]] = {
    "gzip": lambda body: _zlib_slices(body, GZIP_WBITS),
    "deflate": lambda body: _zlib_slices(body, ZLIB_WBITS),
    "zlib": lambda body: _zlib_slices(body, ZLIB_WBITS),
    "zstd": _zstd_slices,
}
