"""Every metric that this program has of itself; `Telemetry` refuses any other.

The names with `otelcol_` are the OpenTelemetry Collector's, so its dashboards work here too. A counter's
name has no `_total`, as with that collector's default settings.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from otelrum.otlp.batch import Signal


class MetricKind(enum.StrEnum):
    """What can become of a number."""

    COUNTER = "counter"
    GAUGE = "gauge"


@dataclass(frozen=True, slots=True)
class Metric:
    """One row of the list; every series of it has exactly these labels. `unit` is a UCUM unit."""

    name: str
    kind: MetricKind
    unit: str
    labels: frozenset[str]
    description: str


# What the OpenTelemetry Collector's metrics call an item of each signal.
ITEM_NAMES: Mapping[Signal, str] = MappingProxyType(
    {Signal.TRACES: "spans", Signal.METRICS: "metric_points", Signal.LOGS: "log_records"}
)


def _counter(name: str, unit: str, labels: str, description: str) -> Metric:
    return Metric(name, MetricKind.COUNTER, unit, frozenset(labels.split()), description)


def _gauge(name: str, unit: str, labels: str, description: str) -> Metric:
    return Metric(name, MetricKind.GAUGE, unit, frozenset(labels.split()), description)


def _of_each_signal(name: str, labels: str, description: str) -> Iterator[Metric]:
    for items in ITEM_NAMES.values():
        text = description.format(items=items.replace("_", " "))
        yield _counter(name.format(items=items), f"{{{items}}}", labels, text)


METRICS: tuple[Metric, ...] = (
    *_of_each_signal(
        "otelcol_receiver_accepted_{items}",
        "receiver transport",
        "{items} that the pipelines took; the sender heard a yes",
    ),
    *_of_each_signal(
        "otelcol_receiver_refused_{items}",
        "receiver transport",
        "{items} that were not taken; the sender heard so, and whether to send them again",
    ),
    _gauge(
        "otelcol_kafka_receiver_offset_lag",
        "{messages}",
        "receiver topic partition",
        "messages behind the end of a partition that have not left, of each partition that this process owns",
    ),
    _gauge(
        "otelcol_kafka_receiver_current_offset",
        "{offset}",
        "receiver topic partition",
        "the next message of a partition that is read",
    ),
    _counter(
        "otelrum_kafka_unreadable_messages",
        "{messages}",
        "receiver",
        "messages that are no OTLP request; they are dead letters where there is a topic for them",
    ),
    _counter(
        "otelrum_receiver_refused_origins",
        "{requests}",
        "receiver",
        "requests of pages whose origin `cors` does not allow; the log names each origin once",
    ),
    _counter(
        "otelcol_processor_incoming_items",
        "{items}",
        "processor otel_signal",
        "items that a processor took; what it refuses is not counted, because it comes again",
    ),
    _counter(
        "otelcol_processor_outgoing_items",
        "{items}",
        "processor otel_signal",
        "items that the step after a processor took from it",
    ),
    _counter(
        "otelcol_connector_consumed_items",
        "{items}",
        "connector otel_signal",
        "items that a connector took at the end of a pipeline",
    ),
    _counter(
        "otelcol_connector_produced_items",
        "{items}",
        "connector otel_signal",
        "items that the pipelines behind a connector took from it",
    ),
    *_of_each_signal(
        "otelcol_processor_memory_limiter_accepted_{items}",
        "processor",
        "{items} that came while there was memory; the step behind may have refused them",
    ),
    *_of_each_signal(
        "otelcol_processor_memory_limiter_refused_{items}",
        "processor",
        "{items} that were refused because too much memory was in use",
    ),
    _counter(
        "otelcol_processor_batch_batch_size_trigger_send",
        "{times}",
        "processor",
        "batches that went on because they were large enough",
    ),
    _counter(
        "otelcol_processor_batch_timeout_trigger_send",
        "{times}",
        "processor",
        "batches that went on because their time was over",
    ),
    *_of_each_signal("otelcol_exporter_sent_{items}", "exporter", "{items} that the backend took"),
    *_of_each_signal(
        "otelcol_exporter_send_failed_{items}",
        "exporter reason",
        "{items} that were given up: refused for good, rejected, out of retries, or left at shutdown",
    ),
    *_of_each_signal(
        "otelcol_exporter_enqueue_failed_{items}",
        "exporter",
        "{items} that the sending queue did not take; whoever brought them heard so",
    ),
    _gauge(
        "otelcol_exporter_queue_size",
        "{queue units}",
        "exporter data_type",
        "what is in the sending queue, also what is being sent, in the unit of its sizer",
    ),
    _gauge(
        "otelrum_exporter_queued_items",
        "{items}",
        "exporter data_type",
        "spans, log records and metric points in the sending queue, also those being sent",
    ),
    _gauge("otelcol_exporter_queue_capacity", "{queue units}", "exporter data_type", "what the sending queue can hold"),
    _gauge("otelcol_exporter_in_flight_requests", "{requests}", "exporter data_type", "requests being sent right now"),
    _counter("otelrum_exporter_exports", "{requests}", "exporter data_type", "attempts that are over, whatever came"),
    _counter("otelrum_exporter_export_seconds", "s", "exporter data_type", "how long all these attempts took together"),
    _counter(
        "otelrum_action_decided",
        "{actions}",
        "component type reason",
        "actions decided, by their type and by what made the decision due",
    ),
    _gauge("otelrum_action_held_items", "{items}", "component", "spans and records held until their time"),
    _gauge("otelrum_action_held_bytes", "By", "component", "memory of what is held and of what is remembered"),
    _gauge("otelrum_action_oldest_hold_seconds", "s", "component", "how long the oldest held item has been held"),
    _gauge("otelrum_action_pages", "{pages}", "component", "pages with something held or remembered"),
    _counter("otelrum_action_late", "{items}", "component", "items that came after the decision of their action"),
    _counter("otelrum_action_too_late", "{items}", "component", "items that came when their action had expired"),
    _counter("otelrum_action_forced", "{items}", "component reason", "items that went on before their time"),
    _counter(
        "otelrum_action_rule_matches",
        "{clicks}",
        "component list rule",
        "clicks that a rule of `names` named or dropped, or that one of `ignore_frustration` fits; rules count from 0",
    ),
    _counter(
        "otelrum_action_large_items", "{items}", "component", "items over 1 MiB, which pass without a look inside"
    ),
    _counter("otelrum_action_refused", "{items}", "component", "items refused because nothing can go on"),
    _counter(
        "otelrum_action_malformed_contexts",
        "{items}",
        "component",
        "contexts of custom actions that are no JSON",
    ),
    _counter("otelrum_action_forgotten_views", "{views}", "component", "views dropped because of their number"),
    _counter(
        "otelrum_dropped_items",
        "{items}",
        "component reason",
        "items that were acknowledged and did not go on, outside of an exporter's own queue",
    ),
    _counter(
        "otelrum_sampling_actions",
        "{actions}",
        "component policy",
        "actions decided, by the first policy that keeps them; without one they are dropped",
    ),
    _gauge("otelrum_storage_bytes", "By", "storage owner", "what a component keeps in a storage"),
    _counter(
        "otelrum_storage_corrupt_files",
        "{files}",
        "storage",
        "files that could not be read and were set aside",
    ),
    _counter(
        "otelrum_storage_damaged_rows",
        "{rows}",
        "storage owner",
        "requests and batches on disk that were not any more what was written, and are lost",
    ),
    _gauge("otelrum_build_info", "1", "version variant", "1; which version runs, and whether it is compiled"),
    _gauge("otelcol_process_uptime", "s", "", "how long this process runs"),
    _counter("otelcol_process_cpu_seconds", "s", "", "CPU time of this process, user and system"),
    _gauge("otelcol_process_memory_rss", "By", "", "resident memory of this process"),
)
