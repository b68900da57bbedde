"""Processor `rum_action`: groups what a browser reports into the actions of its user."""

from otelrum.collector.component import Factory
from otelrum.otlp.batch import Signal
from otelrum.processors.rum_action.config import RumActionConfig
from otelrum.processors.rum_action.processor import RumAction

FACTORY = Factory(type="rum_action", config=RumActionConfig, create=RumAction, signals=frozenset(Signal), shared=True)
