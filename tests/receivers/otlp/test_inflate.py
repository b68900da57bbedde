"""Decompression costs no more than its limit, whatever the stream claims."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

import grpc
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from otelrum.receivers.otlp.answers import Refusal
from otelrum.receivers.otlp.inflate import CODECS, inflate

pytestmark = pytest.mark.anyio

MIB = 1 << 20
COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress, "deflate": zlib.compress, "zlib": zlib.compress, "zstd": zstandard.compress,
}  # fmt: skip

every_codec = pytest.mark.parametrize("encoding", sorted(CODECS))


class Held:
    """Adds up what is told to be there, and refuses at a limit."""

    def __init__(self, most: int = 1 << 62) -> None:
        self.parts: list[int] = []
        self._most = most

    def __call__(self, size_bytes: int) -> None:
        if sum(self.parts) + size_bytes > self._most:
            raise Refusal(grpc.StatusCode.UNAVAILABLE, 503, "full", 1.0)
        self.parts.append(size_bytes)


@every_codec
async def test_every_part_is_counted_before_the_next_one_is_made(encoding: str) -> None:
    """So a hundred bombs at once have the limit of all requests together, not a hundred limits."""
    body = COMPRESS[encoding](bytes(32 * MIB))
    held = Held(most=10 * MIB)
    with pytest.raises(Refusal, match="full"):
        await inflate(body, encoding, 64 * MIB, held)
    assert max(held.parts) <= 8 * MIB


@every_codec
async def test_a_bomb_ends_at_the_limit(encoding: str) -> None:
    held = Held()
    with pytest.raises(Refusal) as refused:
        await inflate(COMPRESS[encoding](bytes(256 * MIB)), encoding, 16 * MIB, held)
    assert refused.value.http == 413
    assert sum(held.parts) <= 16 * MIB


@every_codec
async def test_what_is_exactly_the_limit_passes(encoding: str) -> None:
    assert await inflate(COMPRESS[encoding](bytes(1000)), encoding, 1000, Held()) == bytes(1000)
    with pytest.raises(Refusal):
        await inflate(COMPRESS[encoding](bytes(1001)), encoding, 1000, Held())


@every_codec
async def test_a_stream_that_is_cut_or_goes_on_is_refused_for_good(encoding: str) -> None:
    whole = COMPRESS[encoding](b"some telemetry" * 100)
    for broken in (whole[:-1], whole[:5], whole + b"x", whole + whole, b"no stream at all"):
        with pytest.raises(Refusal) as refused:
            await inflate(broken, encoding, MIB, Held())
        assert (refused.value.http, refused.value.delay_s) == (400, None)


async def test_a_zstd_frame_that_asks_for_a_huge_window_is_refused() -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=27, write_content_size=False)
    stream = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    body = stream.compress(bytes(1000)) + stream.flush()
    with pytest.raises(Refusal) as refused:
        await inflate(body, "zstd", MIB, Held())
    assert refused.value.http == 400


@given(data=st.binary(max_size=5000), encoding=st.sampled_from(sorted(CODECS)))
async def test_what_was_compressed_comes_back(data: bytes, encoding: str) -> None:
    assert await inflate(COMPRESS[encoding](data), encoding, MIB, Held()) == data


@given(body=st.binary(max_size=300), encoding=st.sampled_from(sorted(CODECS)))
async def test_any_bytes_are_refused_or_read_and_nothing_else_happens(body: bytes, encoding: str) -> None:
    try:
        await inflate(body, encoding, 1000, Held())
    except Refusal as refused:
        assert refused.http in (400, 413)
