"""What the operating system knows of this process."""

from __future__ import annotations

import resource
from pathlib import Path

from otelrum.collector.clock import Clock
from otelrum.collector.telemetry import Telemetry

STATM = Path("/proc/self/statm")


def offer_process_metrics(telemetry: Telemetry, clock: Clock) -> None:
    """Uptime counts from now."""
    started_ns = clock.now_ns()
    telemetry.observe("otelcol_process_uptime", lambda: (clock.now_ns() - started_ns) / 1e9)
    telemetry.observe("otelcol_process_cpu_seconds", _cpu_s)
    if STATM.exists():  # only Linux tells
        telemetry.observe("otelcol_process_memory_rss", _resident_bytes)


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _resident_bytes() -> int:
    return int(STATM.read_text().split()[1]) * resource.getpagesize()
