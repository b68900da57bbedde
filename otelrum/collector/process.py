"""What is known of this process: which program it is, how long it runs, what it takes of the machine."""

from __future__ import annotations

import resource
from importlib.metadata import version
from pathlib import Path

from otelrum.collector.clock import Clock
from otelrum.collector.telemetry import Telemetry
from otelrum.otlp import fields

USER_AGENT = f"otelrum/{version('otelrum')}"
"""How it calls itself to those it sends to."""

PAGE_BYTES = resource.getpagesize()
STATM = Path("/proc/self/statm")


def offer_process_metrics(telemetry: Telemetry, clock: Clock) -> None:
    """Uptime counts from now."""
    started_ns = clock.now_ns()
    telemetry.observe("otelrum_build_info", lambda: 1, version=version("otelrum"), variant=_variant())
    telemetry.observe("otelcol_process_uptime", lambda: (clock.now_ns() - started_ns) / 1e9)
    telemetry.observe("otelcol_process_cpu_seconds", _cpu_s)
    if STATM.exists():  # only Linux has it
        telemetry.observe("otelcol_process_memory_rss", lambda: resident_bytes(STATM))


def _variant() -> str:
    return "interpreted" if fields.__file__.endswith(".py") else "compiled"


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def resident_bytes(statm: Path) -> int:
    """What a process holds of the machine's memory, by its `statm` file (proc_pid_statm(5))."""
    return int(statm.read_text().split()[1]) * PAGE_BYTES
