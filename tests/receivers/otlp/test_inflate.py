"""Decompression costs no more than its limit, whatever the stream claims."""

from __future__ import annotations

import gzip

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from otelrum.receivers.otlp.answers import Refusal
from otelrum.receivers.otlp.inflate import CODECS, MAX_MEMBERS, inflate
from otelrum.receivers.otlp.snappy import MAX_CHUNKS, STREAM_BEGINS
from tests.receivers.otlp.compressed import COMPRESS, MIB, Held

pytestmark = pytest.mark.anyio


every_codec = pytest.mark.parametrize("encoding", sorted(CODECS))


@every_codec
async def test_every_part_is_counted_before_the_next_one_is_made(encoding: str) -> None:
    """So a hundred bombs at once have the limit of all requests together, not a hundred limits."""
    body = COMPRESS[encoding](bytes(32 * MIB))
    held = Held(most=10 * MIB)
    with pytest.raises(Refusal, match="full"):
        await inflate(body, encoding, 64 * MIB, held)
    assert max(held.parts, default=0) <= 8 * MIB


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
    for broken in (whole[:-1], whole[:5], whole + b"x", b"no stream at all"):
        with pytest.raises(Refusal) as refused:
            await inflate(broken, encoding, MIB, Held())
        assert (refused.value.http, refused.value.delay_s) == (400, None)


@pytest.mark.parametrize("encoding", ["gzip", "zstd", "lz4", "x-snappy-framed"])
async def test_streams_may_follow_each_other_in_one_body(encoding: str) -> None:
    body = b"".join(map(COMPRESS[encoding], (b"some", b"", b"telemetry" * 10_000)))
    assert await inflate(body, encoding, MIB, Held()) == b"some" + b"telemetry" * 10_000


@pytest.mark.parametrize("encoding", ["deflate", "zlib"])
async def test_a_zlib_body_is_one_stream(encoding: str) -> None:
    with pytest.raises(Refusal) as refused:
        await inflate(COMPRESS[encoding](b"some") * 2, encoding, MIB, Held())
    assert refused.value.http == 400


@pytest.mark.parametrize(
    ("encoding", "empty", "most"),
    [
        ("gzip", gzip.compress(b""), MAX_MEMBERS),
        ("lz4", COMPRESS["lz4"](b""), MAX_MEMBERS),
        ("x-snappy-framed", STREAM_BEGINS, MAX_CHUNKS),
    ],
)
async def test_a_body_of_empty_streams_ends_at_a_number(encoding: str, empty: bytes, most: int) -> None:
    assert await inflate(empty * most, encoding, MIB, Held()) == b""
    with pytest.raises(Refusal) as refused:
        await inflate(empty * (most + 1), encoding, MIB, Held())
    assert refused.value.http == 400


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
