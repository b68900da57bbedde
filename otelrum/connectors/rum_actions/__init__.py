"""Connector `rum_actions`: writes each finished action as a record of its own: a span, an event and metrics."""

from otelrum.collector.component import Factory
from otelrum.connectors.rum_actions.config import RumActionsConfig
from otelrum.connectors.rum_actions.connector import RumActions
from otelrum.otlp.batch import Signal

FACTORY = Factory(
    type="rum_actions",
    config=RumActionsConfig,
    create=RumActions,
    signals=frozenset({Signal.TRACES, Signal.LOGS}),
    made_signals=frozenset(Signal),
)
