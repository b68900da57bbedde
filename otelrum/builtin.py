"""The table of the components that otelrum ships; there is no other place where they are listed."""

from __future__ import annotations

from otelrum.collector.factories import ComponentKind, Factories
from otelrum.connectors import forward, rum_actions
from otelrum.exporters import debug, file, otlp_grpc, otlp_http
from otelrum.exporters import kafka as kafka_exporter
from otelrum.extensions import bearertokenauth, file_storage, health_check, live_view
from otelrum.processors import action_sampling, attributes, batch, memory_limiter, resource, rum_action
from otelrum.receivers import kafka as kafka_receiver
from otelrum.receivers import otlp

FACTORIES = Factories(
    {
        ComponentKind.RECEIVERS: (kafka_receiver.FACTORY, otlp.FACTORY),
        ComponentKind.PROCESSORS: (
            action_sampling.FACTORY,
            attributes.FACTORY,
            batch.FACTORY,
            memory_limiter.FACTORY,
            resource.FACTORY,
            rum_action.FACTORY,
        ),
        ComponentKind.EXPORTERS: (
            debug.FACTORY,
            file.FACTORY,
            kafka_exporter.FACTORY,
            otlp_grpc.FACTORY,
            otlp_http.FACTORY,
        ),
        ComponentKind.CONNECTORS: (forward.FACTORY, rum_actions.FACTORY),
        ComponentKind.EXTENSIONS: (
            bearertokenauth.FACTORY,
            file_storage.FACTORY,
            health_check.FACTORY,
            live_view.FACTORY,
        ),
    }
)
