"""Connector `forward`: gives what one pipeline ends with to others."""

from otelrum.collector.component import Factory
from otelrum.connectors.forward.config import ForwardConfig
from otelrum.connectors.forward.connector import Forward
from otelrum.otlp.batch import Signal

FACTORY = Factory(type="forward", config=ForwardConfig, create=Forward, made_signals=frozenset(Signal))
