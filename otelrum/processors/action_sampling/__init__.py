"""Processor `action_sampling`: keeps whole actions that matter, and drops the rest."""

from otelrum.collector.component import Factory
from otelrum.otlp.batch import Signal
from otelrum.processors.action_sampling.config import ActionSamplingConfig
from otelrum.processors.action_sampling.processor import ActionSampling

FACTORY = Factory(
    type="action_sampling",
    config=ActionSamplingConfig,
    create=ActionSampling,
    signals=frozenset({Signal.TRACES, Signal.LOGS}),
    shared=True,
)
