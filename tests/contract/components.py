"""Every shipped component with the least configuration that works and some that must not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from otelrum.builtin import FACTORIES
from otelrum.collector.component import Component, Factory
from otelrum.collector.factories import ComponentKind
from otelrum.testing import ManualClock, build

NOWHERE = "127.0.0.1:1"


@dataclass(frozen=True, slots=True)
class Sample:
    """`{folder}` in a text becomes a folder of the test."""

    good: Mapping[str, Any]
    bad: tuple[Mapping[str, Any], ...]


SAMPLES: Mapping[tuple[ComponentKind, str], Sample] = {
    (ComponentKind.RECEIVERS, "otlp"): Sample(
        {"protocols": {"grpc": {"endpoint": "127.0.0.1:0"}, "http": {"endpoint": "127.0.0.1:0"}}},
        ({}, {"protocols": {}}, {"protocols": {"grpc": {"endpoint": "here"}}}, {"protocols": {"htpt": {}}}),
    ),
    (ComponentKind.RECEIVERS, "kafka"): Sample(
        {"brokers": [NOWHERE]},
        ({"brokers": ["here"]}, {"brokers": []}, {"group_rebalance_strategies": ["roundrobin"]}),
    ),
    (ComponentKind.PROCESSORS, "action_sampling"): Sample(
        {"actions": [{"name": "slow", "type": "latency", "threshold": "2s"}], "helpers": "drop"},
        (
            {"actions": [{"type": "error"}]},
            {"actions": [{"name": "x", "type": "latency"}]},
            {"actions": [{"name": "x", "type": "name", "values": ["("]}]},
            {"actions": [{"name": "x", "type": "unknown"}]},
            {"unattached": {"resource": 101}},
            {"unattached": {"action": "drop"}},
            {"helpers": "some"},
        ),
    ),
    (ComponentKind.PROCESSORS, "attributes"): Sample(
        {"actions": [{"key": "a", "action": "insert", "value": "b"}]},
        ({}, {"actions": []}, {"actions": [{"action": "delete"}]}, {"attributes": []}),
    ),
    (ComponentKind.PROCESSORS, "resource"): Sample(
        {"attributes": [{"key": "a", "action": "upsert", "value": "b"}]},
        ({}, {"attributes": []}, {"attributes": [{"key": "a", "action": "convert"}]}, {"actions": []}),
    ),
    (ComponentKind.PROCESSORS, "batch"): Sample({}, ({"timeout": 5}, {"send_batch_max_size": 1}, {"size": 1})),
    (ComponentKind.PROCESSORS, "memory_limiter"): Sample(
        {"limit_mib": 100_000}, ({}, {"limit_mib": 1, "spike_limit_mib": 2}, {"limit_percentage": 101})
    ),
    (ComponentKind.PROCESSORS, "rum_action"): Sample(
        {}, ({"idle": 100}, {"attribution": "all"}, {"ignore_urls": ["("]})
    ),
    (ComponentKind.EXPORTERS, "debug"): Sample({}, ({"verbosity": "loud"},)),
    (ComponentKind.EXPORTERS, "file"): Sample({"path": "{folder}/out.json"}, ({}, {"path": ""}, {"path": 1})),
    (ComponentKind.EXPORTERS, "kafka"): Sample(
        {"brokers": [NOWHERE]}, ({"brokers": ["here"]}, {"partition_by": "user"}, {"producer": {"required_acks": 2}})
    ),
    (ComponentKind.EXPORTERS, "otlp_grpc"): Sample(
        {"endpoint": NOWHERE, "tls": {"insecure": True}}, ({}, {"endpoint": NOWHERE, "timeout": 5})
    ),
    (ComponentKind.EXPORTERS, "otlp_http"): Sample({"endpoint": f"http://{NOWHERE}"}, ({}, {"endpoint": NOWHERE})),
    (ComponentKind.CONNECTORS, "forward"): Sample({}, ()),
    (ComponentKind.CONNECTORS, "rum_actions"): Sample(
        {},
        (
            {"span_kind": "sideways"},
            {"histogram": {"explicit": {"buckets": ["2s", "1s"]}}},
            {"histogram": {"explicit": {"buckets": ["1s"]}, "exponential": {"max_size": 160}}},
            {"aggregation_temporality": "sometimes"},
            {"metrics_flush_interval": "0s"},
            {"dimensions": [{"default": "x"}]},
        ),
    ),
    (ComponentKind.EXTENSIONS, "bearertokenauth"): Sample({"token": "x"}, ({}, {"token": 1}, {"tokens": [""]})),
    (ComponentKind.EXTENSIONS, "file_storage"): Sample(
        {"directory": "{folder}"}, ({"directory": ""}, {"max_mib": 0}, {"fsync": 1})
    ),
    (ComponentKind.EXTENSIONS, "live_view"): Sample(
        {"endpoint": "127.0.0.1:0"},
        ({"endpoint": "here"}, {"max_mib": 0}, {"trace_url": "javascript:{trace_id}"}, {"trace_url": "https://x"}),
    ),
    (ComponentKind.EXTENSIONS, "health_check"): Sample(
        {"endpoint": "127.0.0.1:0"}, ({"endpoint": "here"}, {"path": "x"})
    ),
}

ROWS = [(kind, factory) for kind in ComponentKind for factory in FACTORIES.rows[kind]]


def filled(config: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The configuration with the folder of this test."""
    return {
        key: value.replace("{folder}", str(folder)) if isinstance(value, str) else value
        for key, value in config.items()
    }


def made(kind: ComponentKind, factory: Factory, folder: Path) -> Component:
    """The component as the graph makes it."""
    good = filled(SAMPLES[kind, factory.type].good, folder)
    return factory.create(factory.config.model_validate(good), build(f"{factory.type}/1", ManualClock()))
