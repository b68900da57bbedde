"""What is tried again in smaller requests, and what is not."""

from __future__ import annotations

import pytest

from otelrum.collector.errors import OtelrumError, PermanentError, RetryableError
from otelrum.exporters.dividing import divided
from otelrum.exporters.transport import SenderRefused, SignalRefused, TooLarge
from otelrum.otlp.batch import Batch, Signal, join, parts
from tests.conftest import span_request


def request(spans: int) -> Batch:
    return Batch(Signal.TRACES, span_request(spans))


def test_a_joined_request_that_is_bad_goes_again_in_those_it_was_made_of() -> None:
    joined = join([request(1), request(2), request(3)])
    assert [part.items for part in divided(joined, PermanentError("bad"))] == [1, 2, 3]
    assert divided(request(3), PermanentError("bad")) == []


def test_one_that_is_too_large_goes_in_halves_until_one_item_is() -> None:
    halves = divided(join([request(n) for n in (1, 2, 3, 4)]), TooLarge("large"))
    assert [[part.items for part in parts(half)] for half in halves] == [[1, 2], [3, 4]]
    assert [half.items for half in divided(request(5), TooLarge("large"))] == [3, 2]
    assert divided(request(1), TooLarge("large")) == []


@pytest.mark.parametrize("error", [SenderRefused("401"), SignalRefused("404"), RetryableError("later")])
def test_what_is_not_about_the_data_is_not_divided(error: OtelrumError) -> None:
    assert divided(join([request(1), request(2)]), error) == []
