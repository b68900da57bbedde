"""Both formats of snappy: a block, and frames."""

from __future__ import annotations

import pytest

from otelrum.receivers.otlp.answers import Refusal
from otelrum.receivers.otlp.inflate import inflate
from tests.receivers.otlp.compressed import COMPRESS, MIB, Held, snappy_framed

pytestmark = pytest.mark.anyio


async def test_snappy_is_the_name_of_both_its_formats() -> None:
    assert await inflate(snappy_framed(b"telemetry"), "snappy", MIB, Held()) == b"telemetry"


async def test_a_snappy_block_that_claims_more_than_it_holds_allocates_nothing() -> None:
    held = Held()
    with pytest.raises(Refusal) as refused:
        await inflate(b"\xff\xff\xff\xff\x0f\x00", "snappy", 64 * MIB, held)
    assert (refused.value.http, held.parts) == (413, [])


@pytest.mark.parametrize("size", [500_000, 5_000_000])
@pytest.mark.parametrize("encoding", ["snappy", "x-snappy-framed"])
async def test_snappy_of_many_chunks_comes_back_in_order(encoding: str, size: int) -> None:
    data = b"".join(n.to_bytes(4, "big") for n in range(size // 4))
    assert await inflate(COMPRESS[encoding](data), encoding, 8 * MIB, Held()) == data
