"""Writes the dashboards and alert rules of this folder from the metrics that otelrum has.

    python examples/grafana/generate.py

They are for Grafana and Prometheus. OTLP metrics are there under the names that Prometheus gives them: dots become
underscores, units and `_total` are added. A name that otelrum does not have ends this program.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from otelrum.collector.metric_names import METRICS
from otelrum.connectors.rum_actions.points import ACTIONS, DESCRIPTIONS, ERRORS, FRUSTRATIONS, LOADING_TIME, RESOURCES

FOLDER = Path(__file__).resolve().parent

OWN = {metric.name for metric in METRICS}

# What a person chooses above a dashboard; `.*` is everything.
CHOSEN = 'service_name=~"$service",action_name=~"$action"'

Panel = dict[str, Any]


def prometheus_name(metric: str) -> str:
    """The name of a metric of actions in Prometheus."""
    assert metric in DESCRIPTIONS, metric
    return metric.replace(".", "_") + ("_seconds" if metric == LOADING_TIME else "_total")


def own(name: str, labels: str = "") -> str:
    """A metric that otelrum shows of itself."""
    assert name in OWN, name
    return f"{name}{{{labels}}}" if labels else name


def rate(metric: str, labels: str = CHOSEN, per: str = "$__rate_interval") -> str:
    return f"rate({prometheus_name(metric)}{{{labels}}}[{per}])"


def quantile(part: float, by: str, labels: str = CHOSEN, per: str = "$__rate_interval") -> str:
    buckets = f"rate({prometheus_name(LOADING_TIME)}_bucket{{{labels}}}[{per}])"
    return f"histogram_quantile({part}, sum by (le, {by}) ({buckets}))"


def panel(title: str, unit: str, queries: Mapping[str, str], kind: str = "timeseries", width: int = 12) -> Panel:
    """One picture; `queries` by their legend."""
    targets = [
        {"refId": chr(ord("A") + number), "expr": query, "legendFormat": legend, "instant": kind == "table"}
        for number, (legend, query) in enumerate(queries.items())
    ]
    return {
        "title": title,
        "type": kind,
        "datasource": {"type": "prometheus", "uid": "${source}"},
        "fieldConfig": {"defaults": {"unit": unit}, "overrides": []},
        "gridPos": {"w": width, "h": 8},
        "targets": targets,
    }


def dashboard(title: str, uid: str, panels: Iterable[Panel], variables: Iterable[tuple[str, str]] = ()) -> str:
    """Panels from left to right, as many as fit in a row of 24."""
    placed, x, y = [], 0, 0
    for number, one in enumerate(panels, 1):
        if x + one["gridPos"]["w"] > 24:
            x, y = 0, y + 8
        placed.append({**one, "id": number, "gridPos": {**one["gridPos"], "x": x, "y": y}})
        x += one["gridPos"]["w"]
    source = {"name": "source", "type": "datasource", "query": "prometheus", "label": "Data source"}
    chosen = [
        {
            "name": name,
            "type": "query",
            "datasource": {"type": "prometheus", "uid": "${source}"},
            "query": f"label_values({prometheus_name(ACTIONS)}, {label})",
            "includeAll": True,
            "multi": True,
            "allValue": ".*",
            "current": {"text": "All", "value": "$__all"},
        }
        for name, label in variables
    ]
    return written(
        {
            "title": title,
            "uid": uid,
            "schemaVersion": 39,
            "time": {"from": "now-6h", "to": "now"},
            "templating": {"list": [source, *chosen]},
            "panels": placed,
        }
    )


def written(value: object) -> str:
    return json.dumps(value, indent=2) + "\n"


def actions() -> str:
    """What users did, how long it took, and what went wrong."""
    frustrated = f"sum by (action_frustration_type) ({rate(FRUSTRATIONS)})"
    by_name = {
        "actions a minute": f"sum by (action_name) ({rate(ACTIONS, per='$__range')}) * 60",
        "P50": quantile(0.5, "action_name", per="$__range"),
        "P75": quantile(0.75, "action_name", per="$__range"),
        "P95": quantile(0.95, "action_name", per="$__range"),
    }
    return dashboard(
        "RUM actions",
        "otelrum-actions",
        [
            panel("Actions a second", "ops", {"{{action_name}}": f"sum by (action_name) ({rate(ACTIONS)})"}),
            panel("Loading time, P75", "s", {"{{action_name}}": quantile(0.75, "action_name")}),
            panel(
                "Loading time of all",
                "s",
                {f"P{round(part * 100)}": quantile(part, "job") for part in (0.5, 0.75, 0.95)},
            ),
            panel(
                "Share of actions with a frustration",
                "percentunit",
                {"{{action_frustration_type}}": f"{frustrated} / on () group_left () sum({rate(ACTIONS)})"},
            ),
            panel("Errors a second", "ops", {"{{action_name}}": f"sum by (action_name) ({rate(ERRORS)})"}),
            panel(
                "Resources of an action",
                "short",
                {"{{action_name}}": f"sum by (action_name) ({rate(RESOURCES)})"
                 f" / sum by (action_name) ({rate(ACTIONS)})"},
            ),
            panel("By name", "s", by_name, kind="table", width=24),
        ],
        [("service", "service_name"), ("action", "action_name")],
    )  # fmt: skip


def collector() -> str:
    """What otelrum measures of itself: docs/metrics.md says what each figure means."""

    def per_second(pattern: str, by: str) -> str:
        assert any(name.startswith(pattern) for name in OWN), pattern
        return f'sum by ({by}) (rate({{__name__=~"{pattern}.*"}}[$__rate_interval]))'

    dropped = own("otelrum_dropped_items")
    queue = f"{own('otelcol_exporter_queue_size')} / {own('otelcol_exporter_queue_capacity')}"
    decided = f"sum by (type, reason) (rate({own('otelrum_action_decided')}[$__rate_interval]))"
    return dashboard(
        "otelrum",
        "otelrum-collector",
        [
            panel("Accepted", "ops", {"{{receiver}}": per_second("otelcol_receiver_accepted_", "receiver")}),
            panel("Refused", "ops", {"{{receiver}}": per_second("otelcol_receiver_refused_", "receiver")}),
            panel("Sent", "ops", {"{{exporter}}": per_second("otelcol_exporter_sent_", "exporter")}),
            panel(
                "Given up",
                "ops",
                {
                    "{{exporter}} {{reason}}": per_second("otelcol_exporter_send_failed_", "exporter, reason"),
                    "{{component}} {{reason}}": f"sum by (component, reason) (rate({dropped}[$__rate_interval]))",
                },
            ),
            panel("Sending queue", "percentunit", {"{{exporter}}": queue}),
            panel("Actions decided", "ops", {"{{type}} {{reason}}": decided}),
            panel("Held", "short", {"{{component}}": own("otelrum_action_held_items")}),
            panel("Oldest held", "s", {"{{component}}": own("otelrum_action_oldest_hold_seconds")}),
            panel("Memory", "bytes", {"{{instance}}": own("otelcol_process_memory_rss")}),
            panel("CPU", "short", {"{{instance}}": f"rate({own('otelcol_process_cpu_seconds')}[$__rate_interval])"}),
        ],
    )


def alert(name: str, expr: str, wait: str, severity: str, summary: str) -> dict[str, Any]:
    return {
        "alert": name,
        "expr": expr,
        "for": wait,
        "labels": {"severity": severity},
        "annotations": {"summary": summary},
    }


def alerts() -> str:
    """Rules as Prometheus reads them."""
    by_name = "service_name, action_name"
    frustrated = f"sum by (service_name) ({rate(FRUSTRATIONS, '', '15m')})"
    given_up = 'sum by (exporter, reason) (rate({__name__=~"otelcol_exporter_send_failed_.*"}[5m])) > 0'
    lost = f"""sum by (component, reason) (rate({own("otelrum_dropped_items", 'reason!="sampled"')}[5m])) > 0"""
    queue = f"{own('otelcol_exporter_queue_size')} / {own('otelcol_exporter_queue_capacity')} > 0.6"
    oldest = f"{own('otelrum_action_oldest_hold_seconds')} > 60"
    user_rules = [
        alert("SlowAction", f"{quantile(0.75, by_name, '', '15m')} > 3", "15m", "warning",
              "A quarter of {{ $labels.action_name }} takes more than {{ $value | humanizeDuration }}"),
        alert("FailingAction", f"sum by ({by_name}) ({rate(ERRORS, '', '15m')})"
              f" / sum by ({by_name}) ({rate(ACTIONS, '', '15m')}) > 0.05", "15m", "warning",
              "{{ $labels.action_name }} has {{ $value | humanizePercentage }} errors"),
        alert("FrustratedUsers", f"{frustrated} / sum by (service_name) ({rate(ACTIONS, '', '15m')}) > 0.1", "15m",
              "warning", "{{ $value | humanizePercentage }} of the actions in {{ $labels.service_name }} frustrate"),
    ]  # fmt: skip
    own_rules = [
        alert("TelemetryGivenUp", given_up, "5m", "critical", "{{ $labels.exporter }} gives up: {{ $labels.reason }}"),
        alert("TelemetryLost", lost, "5m", "critical", "{{ $labels.component }} loses items: {{ $labels.reason }}"),
        alert("QueueFillsUp", queue, "10m", "warning", "{{ $labels.exporter }}: the backend is slower than the load"),
        alert("NothingGoesOn", oldest, "5m", "critical", "what is decided is not taken by the next step"),
    ]
    groups = [{"name": "rum-actions", "rules": user_rules}, {"name": "otelrum", "rules": own_rules}]
    return yaml.safe_dump({"groups": groups}, sort_keys=False, width=200)


FILES = {"actions.json": actions, "otelrum.json": collector, "alerts.yaml": alerts}


def main() -> None:
    for name, text in FILES.items():
        (FOLDER / name).write_text(text())


if __name__ == "__main__":
    main()
