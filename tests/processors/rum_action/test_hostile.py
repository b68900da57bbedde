"""Whatever comes in, nothing raises but a clear refusal, and nothing is lost or changed (SPEC sections 6 and 11)."""

from __future__ import annotations

import asyncio
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from otelrum.collector.errors import PermanentError
from otelrum.otlp.batch import Signal, parse
from otelrum.otlp.values import key_value
from tests.otlp.messages import requests
from tests.processors.rum_action.in_process import Received, Run, items_of
from tests.processors.rum_action.pages_of_spans import PageItem
from tests.processors.rum_action.pages_of_spans import request as page_request

BROWSER = Resource(attributes=[key_value("telemetry.sdk.language", "webjs")]).SerializeToString()


def of_browsers(data: bytes) -> bytes:
    """The same request, reported by browsers."""
    request = parse(data)
    for group in request.resources:
        group.resource.append(BROWSER)
    return request.SerializeToString()


def through(data: bytes) -> tuple[list[Exception], list[Received]]:
    async def run() -> tuple[list[Exception], list[Received]]:
        running = Run()
        refused = await running.take([(0.0, Signal.TRACES, data)])
        return list(refused), await running.end()

    return asyncio.run(run())


def around(items: list[Received]) -> Counter[tuple[bytes, bytes, bytes]]:
    return Counter((*one.around, one.item.span_id) for one in items)


@given(requests(), st.booleans())
def test_random_otlp_comes_out_as_it_went_in(data: bytes, is_browser: bool) -> None:
    data = of_browsers(data) if is_browser else data
    sent = list(items_of(Signal.TRACES, data))
    refused, got = through(data)
    assert refused == []
    assert around(got) == around(sent)
    unknown = b"\xfa\x3e\x05extra"
    assert sum(unknown in one.item.SerializeToString() for one in got) == sum(
        unknown in one.item.SerializeToString() for one in sent
    )


@given(st.binary(max_size=200))
def test_random_bytes_are_passed_or_refused_as_invalid(data: bytes) -> None:
    refused, _ = through(b"webjs" + data)
    assert all(isinstance(error, PermanentError) and error.invalid for error in refused)


@given(requests(), st.data())
def test_a_request_that_is_cut_is_refused_whole_or_passes(data: bytes, draw: st.DataObject) -> None:
    data = of_browsers(data)
    whole = page_request([PageItem("click", 0)])
    refused, got = through(whole + data[: draw.draw(st.integers(0, len(data)))])
    assert bool(refused) is not bool(got), "the click before the cut neither stays nor goes alone"
    assert all(isinstance(error, PermanentError) and error.invalid for error in refused)
