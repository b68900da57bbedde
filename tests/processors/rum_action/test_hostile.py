"""Whatever comes in, nothing raises but a clear refusal, and nothing is lost or changed (SPEC sections 6 and 11)."""

from __future__ import annotations

import asyncio
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from otelrum.collector.errors import PermanentError
from otelrum.otlp.lazy import Signal, parse
from otelrum.otlp.values import key_value
from otelrum.processors.rum_action.sorting import Sorter
from tests.otlp.messages import requests
from tests.processors.rum_action.in_process import Received, Run, items_of

SOME = settings(max_examples=150, deadline=None)
BROWSER = Resource(attributes=[key_value("telemetry.sdk.language", "webjs")]).SerializeToString()


def of_browsers(data: bytes) -> bytes:
    """The same request, told by browsers."""
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


@SOME
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


@SOME
@given(st.binary(max_size=200))
def test_random_bytes_are_passed_or_refused_as_invalid(data: bytes) -> None:
    refused, _ = through(b"webjs" + data)
    assert all(isinstance(error, PermanentError) and error.invalid for error in refused)


@SOME
@given(requests(), st.data())
def test_a_request_that_is_cut_is_refused_whole_or_passes(data: bytes, draw: st.DataObject) -> None:
    data = of_browsers(data)
    cut = data[: draw.draw(st.integers(0, len(data)))]
    if b"webjs" not in cut:
        return  # nothing of a browser is left: it passes unread
    refused, got = through(cut)
    assert not (refused and got)
    assert all(isinstance(error, PermanentError) and error.invalid for error in refused)


@SOME
@given(requests(), st.booleans())
def test_what_has_none_of_the_marks_has_no_browser_telemetry(data: bytes, is_browser: bool) -> None:
    data = of_browsers(data) if is_browser else data
    run = Run()
    sorter: Sorter = run.processor._requests._sorter
    if not sorter.may_be_browser(data):
        for one in items_of(Signal.TRACES, data):
            told = {pair.key: pair.value.string_value for pair in Resource.FromString(one.around[0]).attributes}
            assert told.get("telemetry.sdk.language") != "webjs"
            assert not any(key.startswith("browser.") for key in told)
