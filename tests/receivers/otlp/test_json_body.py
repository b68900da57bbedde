"""JSON of any size: large bodies are read beside the loop, and those that would fill the memory are refused."""

from __future__ import annotations

import pytest

from otelrum.otlp.batch import Signal
from otelrum.otlp.json import from_json, to_json
from otelrum.receivers.otlp.answers import Refusal
from otelrum.receivers.otlp.json_body import MAX_VALUES, THREAD_BYTES, JsonReader
from tests.conftest import span_request

pytestmark = pytest.mark.anyio

MIB = 1 << 20


def of_name(name: str) -> bytes:
    return f'{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"name":"{name}"}}]}}]}}]}}'.encode()


async def read(body: bytes, limit_bytes: int = 64 * MIB) -> bytes:
    return await JsonReader(limit_bytes).read(Signal.TRACES, body)


async def test_a_large_body_is_read_as_a_small_one_is() -> None:
    body = to_json(Signal.TRACES, span_request(2000, key="value")).encode()
    assert len(body) > THREAD_BYTES
    assert await read(body) == from_json(Signal.TRACES, body) == span_request(2000, key="value")


@pytest.mark.parametrize("value", ["{}", "[]", "0"])
async def test_a_body_of_very_many_values_is_refused_before_it_is_read(value: str) -> None:
    body = f'{{"x":[{",".join([value] * (MAX_VALUES + 1))}]}}'.encode()
    with pytest.raises(Refusal) as refusal:
        await read(body)
    assert (refusal.value.http, refusal.value.delay_s) == (413, None)


@pytest.mark.parametrize(("letter", "bytes_each"), [("x", 1), ("é", 2), ("😀", 4)])
async def test_a_text_counts_as_large_as_it_lies_in_memory(letter: str, bytes_each: int) -> None:
    """One character of four bytes makes all of the text as wide."""
    body = of_name(letter + "x" * MIB)
    limit_bytes = len(body) * bytes_each
    assert await read(body, limit_bytes)
    with pytest.raises(Refusal) as refusal:
        await read(body, limit_bytes - 1)
    assert refusal.value.http == 413
