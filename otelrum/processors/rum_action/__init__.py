"""Processor `rum_action`: groups what a browser reports into the actions of its user."""

from otelrum.collector.component import Factory
from otelrum.otlp.batch import Signal
from otelrum.processors.rum_action.build import build_rum_action
from otelrum.processors.rum_action.config import RumActionConfig

FACTORY = Factory(
    type="rum_action", config=RumActionConfig, create=build_rum_action, signals=frozenset(Signal), shared=True
)
