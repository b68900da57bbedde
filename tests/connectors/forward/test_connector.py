"""What comes in goes out as it is, or is refused."""

from __future__ import annotations

import pytest

from otelrum.collector.errors import PermanentError, RetryableError
from otelrum.connectors.forward.config import ForwardConfig
from otelrum.connectors.forward.connector import Forward
from otelrum.otlp.batch import Batch, Signal
from otelrum.testing import FailingConsumer, ManualClock, build

pytestmark = pytest.mark.anyio

TRACES = Batch(Signal.TRACES, b"")


async def test_a_batch_goes_to_the_pipelines_of_its_signal_and_their_answer_is_its_own() -> None:
    forward, traces = Forward(ForwardConfig(), build("forward", ManualClock())), FailingConsumer(None)
    forward.connect(Signal.TRACES, traces)
    await forward.consume(TRACES)
    assert traces.batches == [TRACES]
    traces.error = RetryableError("not now")
    with pytest.raises(RetryableError):
        await forward.consume(TRACES)


async def test_a_signal_without_a_pipeline_is_refused_and_not_lost_silently() -> None:
    with pytest.raises(PermanentError, match="no pipeline of traces"):
        await Forward(ForwardConfig(), build("forward", ManualClock())).consume(TRACES)
